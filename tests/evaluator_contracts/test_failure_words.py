"""Every failure a person can meet has a title and advice in both languages."""

import pytest

from evaluator.errors import FAILURE_WORDS, EvaluationError, FailureCode


def is_chinese(text):
    return any("\u4e00" <= char <= "\u9fff" for char in text)


@pytest.mark.parametrize("code", FailureCode)
def test_a_code_has_words_in_both_languages(code):
    words = FAILURE_WORDS[code]
    for language, chinese in (("en", False), ("en-us", False), ("zh-hans", True)):
        title, advice = words.title(language), words.advice(language)
        assert is_chinese(title) == is_chinese(advice) == chinese
        assert not title.endswith((".", "。"))
        assert advice.endswith((".", "。"))


def test_no_two_codes_share_a_title():
    for language in ("en", "zh"):
        titles = [words.title(language) for words in FAILURE_WORDS.values()]
        assert len(set(titles)) == len(titles)


def test_an_error_carries_its_code_detail_and_words():
    error = EvaluationError(FailureCode.ENDPOINT_AUTH, "HTTP 401", log_tail=("last line",))
    assert str(error) == "endpoint_auth: HTTP 401"
    assert error.words is FAILURE_WORDS[FailureCode.ENDPOINT_AUTH]
    assert error.log_tail == ("last line",)
    assert str(EvaluationError(FailureCode.INTERNAL)) == "internal"
