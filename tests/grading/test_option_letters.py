"""What models really write, and which option each of it chooses."""

import pytest

from evaluator.grading.option_letters import Choice, How, extract_option

OPTIONS = {"A": "cat", "B": "dog", "C": "a red car", "D": "Sample A"}


def chosen(text, options=OPTIONS):
    return extract_option(text, options).letter


@pytest.mark.parametrize(
    "text",
    [
        "B",
        "b",
        "B.",
        "B。",
        " B\n",
        "(B)",
        "(b)",
        "[B]",
        "{B}",
        "B)",
        "B:",
        "**B**",
        "__B__",
        "`B`",
        '"B"',
        "$B$",
        "# B",
        "Ｂ",
        "（Ｂ）",
        "𝐁",
        "**B.**",
    ],
)
def test_a_lone_letter_in_any_dress_is_that_option(text):
    assert extract_option(text, OPTIONS) == Choice("B", How.LETTER)


@pytest.mark.parametrize(
    "text",
    [
        r"\boxed{B}",
        r"$\boxed{\text{B}}$",
        r"The cat sleeps, so A is out.\n\n$$\boxed{(B)}$$",
        r"\boxed{dog}",
        "<answer>B</answer>",
        "<answer>\nB. dog\n</answer>",
        "A cat? No. <ANSWER>b</ANSWER>",
        "It barks: <|begin_of_box|>B<|end_of_box|>",
        r"\boxed{B} Thus the final answer is \boxed{B}.",
    ],
)
def test_a_marked_answer_decides(text):
    assert extract_option(text, OPTIONS) == Choice("B", How.MARKED)


@pytest.mark.parametrize(
    "text",
    [
        "<answer>none of them</answer> A",
        r"\boxed{A} or \boxed{B}",
        r"\boxed{}",
        "<answer></answer> B",
    ],
)
def test_a_marked_answer_that_names_no_single_option_is_open(text):
    assert extract_option(text, OPTIONS) == Choice(None, How.OPEN)


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("The answer is B", "B"),
        ("the answer is b.", "B"),
        ("the answer is a.", "A"),
        ("The answer is A.", "A"),
        ("The answer is (C) because A is wrong", "C"),
        ("The correct answer is option **B**.", "B"),
        ("The correct answer is:\n\n**B. dog**", "B"),
        ("**Answer:** B", "B"),
        ("Answer: (B) dog, not A or C", "B"),
        ("Final answer: B", "B"),
        ("The best choice would be B.", "B"),
        ("The answer is most likely B.", "B"),
        ("The answer to this question is B. A shows a cat.", "B"),
        ("Option A shows a cat, option B a dog. So the answer is B.", "B"),
        ("I would go with B. A and C do not fit.", "B"),
        ("I choose (B) over A.", "B"),
        ("A is correct; B is wrong.", "A"),
        ("B is the correct answer, since A is a cat.", "B"),
        ("A is wrong, B is right", "B"),
        ("答案是B", "B"),
        ("答案：B，因为A不对", "B"),
        ("正确答案为（Ｂ）", "B"),
        ("选B", "B"),
        ("我选择B。A是猫。", "B"),
        ("不选A，选B", "B"),
        ("答案是B，不是A", "B"),
        ("B选项正确，A选项错误", "B"),
        ("- A: wrong\n- B: right\n- C: wrong\n- D: wrong\n\n**B**", "B"),
        ("A shows a cat. C shows a car.\n\n### Answer\n(B).", "B"),
        ("A是猫，C是车。\nB", "B"),
    ],
)
def test_a_stated_answer_wins_over_other_letters(text, letter):
    assert extract_option(text, OPTIONS) == Choice(letter, How.STATED)


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("Option B", "B"),
        ("B. dog", "B"),
        ("B) dog", "B"),
        ("B: dog", "B"),
        ("B - dog", "B"),
        ("B\n\nThe picture shows a dog.", "B"),
        ("A\n\nExplanation: it purrs.", "A"),
        ("A because it purrs", "A"),
        ("(A) cat is shown", "A"),
        ("Option A fits", "A"),
        ("It must be B!", "B"),
        ("选项B", "B"),
        ("B, not A", "B"),
        ("B rather than A", "B"),
        ("not A but B", "B"),
        ("B, neither A nor C", "B"),
        ("B. A is wrong.", "B"),
    ],
)
def test_exactly_one_letter_as_a_word_is_that_option(text, letter):
    assert extract_option(text, OPTIONS) == Choice(letter, How.WORD)


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("dog", "B"),
        ("Dog.", "B"),
        ("I think it is a dog", "B"),
        ("A dog", "B"),
        ("A cat is on the mat", "A"),
        ("the answer is a dog", "B"),
        ("It shows a  red\ncar.", "C"),
        ("not a cat but a dog", "B"),
        ("Sample A", "D"),
        ("It is sample A.", "D"),
    ],
)
def test_an_options_own_text_chooses_it(text, letter):
    assert extract_option(text, OPTIONS) == Choice(letter, How.TEXT)


@pytest.mark.parametrize(
    "text",
    [
        "Because it is red",
        "Between the lines",
        "Definitely",
        "A bird is on the mat",
        "A bird",
        "a bird sat on a mat",
        "I am sure",
        "not A",
        "It is not (A).",
        "It isn't option A",
        "不是A",
        "A is wrong",
        "It is not A or B",
        "neither A nor B",
        "Not A. B would be odd, too.",
        "A and B",
        "A or B",
        "A\nB",
        "A\n\nIt purrs.\n\nB",
        "A or\nB",
        "A,\nB",
        "A. cat\nB. dog\nC",
        "- A\n- B\n- C\n- D",
        "A 3D object",
        "A 10-story house",
        "She got a C.",
        "Vitamin C deficiency",
        "Hepatitis B virus",
        "A/B",
        "A B",
        "A vs B",
        "AB",
        "ABCD",
        "A, B, C, D",
        "Both A and B are correct",
        "The answer is A or B",
        "The answer is A. Wait, the answer is B.",
        "A. cat\nB. dog\nC. a red car\nD. Sample A",
        "It is a cat or a dog",
        "It is not a cat",
        "dogma",
        "hot-dog stand",
        "It is 20 °C",
        "It is 20 ℃",
        "C++",
        "the U.S.A. flag",
        "a D-Day photo",
        "A4 paper",
        "It's B's",
        "E",
        "None of the above",
        "选择题",
        "?",
        "...",
        "42",
    ],
)
def test_what_names_no_single_option_is_open(text):
    assert extract_option(text, OPTIONS) == Choice(None, How.OPEN)


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, I can't help with images of people.",
        "As an AI model I cannot see pictures.",
        "I cannot determine whether it is A or B.",
        "<answer>I cannot tell</answer>",
        "<think>B?</think>抱歉，我无法识别图中的人物。",
    ],
)
def test_an_open_answer_that_declines_is_refused(text):
    assert extract_option(text, OPTIONS) == Choice(None, How.REFUSED)


def test_an_answer_that_apologises_and_still_chooses_is_no_refusal():
    assert chosen("I'm sorry, I cannot see it well, but the answer is B.") == "B"
    assert chosen("抱歉，图片不清楚，答案是B。") == "B"


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t", "\u3000", "<think>The answer is B</think>", "<think>B"]
)
def test_an_empty_answer_chooses_nothing(text):
    assert extract_option(text, OPTIONS) == Choice(None, How.EMPTY)


def test_reasoning_is_not_read():
    assert chosen("<think>It could be A, or C. The answer is A.</think>\n\nB") == "B"
    assert chosen("maybe A</think>B") == "B"
    assert chosen("[r]A[/r]B", OPTIONS) is None
    assert extract_option("[r]A[/r]B", OPTIONS, tags=(("[r]", "[/r]"),)).letter == "B"


def test_an_option_that_does_not_exist_is_never_chosen():
    two = {"A": "yes", "B": "no"}
    assert chosen("D", two) is None
    assert chosen("The answer is C", two) is None
    assert chosen("C or B", two) is None


def test_a_longer_option_hides_the_shorter_one_inside_it():
    options = {"A": "red", "B": "dark red", "C": "cat and dog", "D": "cat"}
    assert chosen("It is dark red.", options) == "B"
    assert chosen("cat and dog", options) == "C"
    assert chosen("red, not dark red", options) == "A"


def test_numbers_are_whole_numbers():
    options = {"A": "5", "B": "1.5", "C": "15", "D": "50"}
    assert chosen("There are 15 of them.", options) == "C"
    assert chosen("about 1.5", options) == "B"
    assert chosen("150", options) is None
    assert chosen("5%", options) == "A"


def test_options_in_chinese_need_no_spaces_around_them():
    options = {"A": "猫", "B": "狗"}
    assert chosen("图中是一只狗。", options) == "B"
    assert chosen("不是猫", options) is None


def test_two_options_with_the_same_text_are_open():
    assert chosen("same", {"A": "same", "B": "same"}) is None


def test_letters_beyond_d_work_and_the_pronoun_is_no_letter():
    options = {letter: f"thing {i}" for i, letter in enumerate("ABCDEFGHIJ")}
    assert chosen("The answer is J.", options) == "J"
    assert chosen("I think F", options) == "F"
    assert chosen("I", options) == "I"
    assert chosen("I would say so", options) is None
