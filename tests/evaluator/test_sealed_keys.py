"""What the site sealed only the workers' key opens; what cannot be opened says nothing of its content."""

from __future__ import annotations

from base64 import b64encode

import pytest
from nacl.public import PrivateKey, SealedBox

from evaluator.errors import EvaluationError, FailureCode
from evaluator.keys import open_sealed


def text(data: bytes) -> str:
    return b64encode(data).decode()


def test_the_right_key_opens() -> None:
    key = PrivateKey.generate()
    sealed = text(SealedBox(key.public_key).encrypt("sk-päss".encode()))
    assert open_sealed(sealed, text(bytes(key))) == "sk-päss"


@pytest.mark.parametrize("sealed", ["", "not base64!", "AAAA"])
def test_what_is_no_box_is_refused(sealed: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        open_sealed(sealed, text(bytes(PrivateKey.generate())))
    assert caught.value.code is FailureCode.KEY_UNREADABLE
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_another_key_and_no_key_are_refused() -> None:
    sealed = text(SealedBox(PrivateKey.generate().public_key).encrypt(b"secret"))
    for key in (text(bytes(PrivateKey.generate())), "", "rubbish"):
        with pytest.raises(EvaluationError) as caught:
            open_sealed(sealed, key)
        assert caught.value.code is FailureCode.KEY_UNREADABLE
