"""Tell a model that declined to answer from one whose answer could not be read.

A refusal is any statement that no answer will come: a policy, a missing ability, a picture that it says it cannot
see, a question that it says cannot be decided. English and Chinese (simplified and traditional).
"""

from __future__ import annotations

import re

from evaluator.grading.plain_text import canonical
from evaluator.grading.reasoning import REASONING_TAGS, Tags, strip_reasoning

_EDGE = 400
"""Characters at either end of an answer that are looked at: a refusal opens or concludes it. In a long description,
"I cannot read the small sign" is a remark."""

_PICTURE = (
    r"(?:\w+\s+){0,3}?(?:images?|pictures?|photos?|photographs?|figures?|screenshots?|visuals?|"
    r"attachments?|files?|pixels|content)\b"
)
_UNABLE = (
    r"(?:can't|cannot|can not|couldn't|could not|won't|will not|(?:am |'m |are |'re )?(?:unable to|not able to)|"
    r"(?:don't|do not) have the (?:ability|capability|information|means) to|"
    r"(?:am |'m )?not (?:allowed|permitted|equipped|designed|comfortable)(?: to)?)"
)
_ADVERBS = r"(?:\s+(?:\w+ly|just|really|even|yet|currently|with (?:certainty|confidence)))*"
_ANSWERING = (
    r"(?:answer|respond|determine|decide|tell|say|judge|identify|recogni[sz]e|ascertain|conclude|choose|select|"
    r"pick|help(?! but\b)|assist|comply|fulfil+|provide|give|offer|share|discuss|comment|continue|proceed|"
    r"make (?:a|any|that|this|such)|do (?:this|that|so)|analy[sz]e|interpret|engage|confirm|verify|infer|know|"
    rf"(?:see|view|access|open|process|display|read|look at)(?:\s+{_PICTURE}|\s*(?:it|them)?\s*(?:[.,!;\n]|$)))"
)
_ENGLISH = re.compile(
    r"\b(?:"
    rf"(?:i|we)\s*{_UNABLE}{_ADVERBS}\s+{_ANSWERING}"
    rf"|(?:sorry|apologi[sz]e|apologies|afraid|unfortunately|regret)\b[^.!?\n]{{0,80}}?\b{_UNABLE}"
    r"|unable to (?:determine|answer|tell|identify|say|provide|assist|help|see|view|access|process)\b"
    r"|as an? (?:\w+[ -]){0,3}?(?:ai|language model|text-based|assistant)\b"
    r"|(?:impossible|not possible|difficult|hard) (?:for me )?to (?:\w+ly )?(?:determine|tell|say|answer|know|decide|identify)"
    r"|(?:cannot|can't|can not|could not) be (?:\w+ly )?(?:determined|answered|decided|ascertained|identified)"
    r"|(?:not enough|insufficient|not sufficient|(?:doesn't|does not|don't|do not) (?:provide|contain|have|give) "
    r"(?:enough|sufficient|any)) (?:\w+ )?(?:information|context|details?|data)"
    rf"|(?:don't|do not|didn't|did not) (?:see|have|receive|get)(?: access to)? (?:an?|any|the|your|this) {_PICTURE}"
    r"|no (?:image|picture|photo|figure|attachment)s? (?:was|were|is|are|has been|have been|provided|attached|given)"
    r"|please (?:provide|upload|share|attach|send) (?:an?|the|your|more|additional|further)\b"
    r"|i (?:really |honestly |simply )?(?:don't|do not) know(?:\s*(?:[.,!;\n]|$)| (?:the answer|what|which|who|where|how))"
    r"|(?:i )?have no idea"
    r"|i(?:'d| would| must| have to| will|'ll)? (?:respectfully |politely )?(?:decline|refuse|rather not|prefer not|abstain)"
    r"|against (?:my|our|the) (?:guidelines?|polic(?:y|ies)|programming|principles)"
    r")"
    r"|^\W*(?:i'm |i am |i'm so |so )?sorry\W*$"
)
_ENGLISH_CUES = (  # noqa: SIM905
    "can't|cannot|can not|couldn't|could not|won't|will not|unable to|not able to|t have|t provide|t contain|t give|"
    "t see|t receive|t get|t know|not allowed|not permitted|not equipped|not designed|not comfortable|not enough|"
    "sufficient|as a|impossible|not possible|difficult|hard|no image|no picture|no photo|no figure|no attachment|"
    "please |no idea|decline|refuse|rather not|prefer not|abstain|against |sorry"
).split("|")
"""Of these every refusal in English has one: looking for them first spares most answers the pattern."""

_CHINESE_ADVERBS = r"(?:够|再|直接|准确|确切|明确|清楚|为您|为你|给您|给你)*+"
_CHINESE = re.compile(
    r"(?:抱歉|对不起|不好意思|遗憾)[^。!?\n]{0,30}?(?:无法|不能|没法|没有办法|不便|看不到|看不见|不知道|不清楚|不会)"
    rf"|(?:无法|不能|没法|没有办法|难以){_CHINESE_ADVERBS}(?:根据[^。!?\n]{{0,12}}?{_CHINESE_ADVERBS})?"
    r"(?:地)?(?:回答|作答|解答|回应|确定|判断|断定|识别|辨认|辨别|得知|得出|知道|提供|协助|帮助|帮您|帮你|满足|给出|告诉|"
    r"讨论|评论|完成|分析|(?:看到|看见|查看|访问|打开|读取|处理|显示)[^。!?\n]{0,8}?(?:图|照片|画面|附件|文件))"
    r"|作为(?:一个|一名|一款)?[^,。!?\n]{0,10}?(?:AI|ai|人工智能|语言模型|智能助手)"
    r"|(?:没有|缺乏|缺少|未提供)(?:足够|充分|充足|更多|相关)的?(?:信息|资料|上下文|细节)|信息(?:不足|不够)"
    r"|(?:没有|没|未能?|并未)(?:看到|看见|收到|提供|上传|附上|附带)[^。!?\n]{0,6}?(?:图|照片|附件)"
    r"|请(?:您|你)?(?:重新)?(?:提供|上传|发送|附上)"
    r"|我(?:真的|也|并)?(?:不知道|不清楚|不了解)|拒绝(?:回答|作答|提供)|不予(?:回答|评论)|^\W*(?:非常|很|十分)?(?:抱歉|对不起)\W*$"
)
_SIMPLIFIED = str.maketrans(
    "無對遺憾沒辦識別確斷認給幫協據圖題細節論視為傳請處讀開見張語資訊訴顯絕應",
    "无对遗憾没办识别确断认给帮协据图题细节论视为传请处读开见张语资讯诉显绝应",
)


def is_refusal(text: str, *, tags: Tags = REASONING_TAGS) -> bool:
    """Say whether ``text`` declines to answer.

    Ask only of answers in which the rules could not read any: "I'm sorry, but I cannot see it well. B." is an answer.
    What stands between reasoning ``tags`` does not count, and an empty answer is no refusal. Pure, defined for any
    text, linear in its length.
    """
    plain = canonical(strip_reasoning(text, tags)).replace("’", "'").lower()
    ends = (plain,) if len(plain) <= 2 * _EDGE else (plain[:_EDGE], plain[-_EDGE:])
    return any(_declines(end) for end in ends)


def _declines(part: str) -> bool:
    if any(cue in part for cue in _ENGLISH_CUES) and _ENGLISH.search(part):
        return True
    return not part.isascii() and _CHINESE.search(part.translate(_SIMPLIFIED)) is not None
