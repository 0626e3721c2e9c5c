"""Asking the judge one question over HTTP. Thread-safe; knows nothing of the database.

The judge is the operator's own choice, so its address is not guarded as submitted ones are. Its key is in no
exception, no log line and no text that is returned.
"""

from __future__ import annotations

import json
import threading
import time
from email.utils import parsedate_to_datetime
from typing import Any, Self

import httpx

from leaderboard.core.judges import Judge
from leaderboard.core.text import storable

WAITS_S = (1.0, 4.0, 10.0)
"""Seconds before each further try."""
MAX_WAIT_S = 60.0
"""What a judge may ask for with Retry-After."""
GIVE_UP_AFTER = 5
"""Questions in a row on which the judge as a whole failed: then it is asked no more."""
MAX_TOKENS = 2048
"""Of a reply. One word is asked for; reasoning judges think before it."""
MAX_BODY_BYTES = 1_000_000
MAX_DETAIL_CHARACTERS = 300
LEAST_KEY_LENGTH = 8
"""A shorter key ("none", "EMPTY") is no secret, and may be a word of the reply."""

_WRONG_SETTINGS = frozenset({401, 403, 404})
_PASSING = frozenset({408, 425, 429})


class JudgeFailed(Exception):
    """The judge did not answer a question. ``code`` is stable and public, ``detail`` is for operators.

    ``passing``: the same question may be answered later. ``whole``: other questions would fail as well.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        passing: bool = False,
        whole: bool = False,
        wait_s: float = 0.0,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.passing = passing
        self.whole = whole
        self.wait_s = wait_s


class JudgeNotAsked(JudgeFailed):
    """The question was not put to the judge, because it does not answer."""

    CODE = "not_asked"

    def __init__(self) -> None:
        super().__init__(self.CODE, "The judge does not answer; it was asked no more.", whole=True)


class JudgeClient:
    """A connection to the judge for the length of one piece of work. Use as a context manager."""

    def __init__(self, judge: Judge) -> None:
        headers = {"authorization": f"Bearer {judge.api_key}"} if judge.api_key else {}
        limits = httpx.Limits(max_connections=judge.concurrency)
        self._judge = judge
        self._http = httpx.Client(headers=headers, timeout=judge.timeout_s, limits=limits)
        self._url = f"{judge.base_url}/chat/completions"
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._failures_in_a_row = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._http.close()

    def stop(self) -> None:
        """Ask nothing more: questions that wait, for their turn or to be tried again, fail at once."""
        self._stop.set()

    def ask(self, prompt: str) -> str:
        """Return the judge's reply. Raises JudgeFailed, after some tries where trying again may help.

        Once GIVE_UP_AFTER questions in a row have failed because of the judge itself, every further one fails
        unasked.
        """
        try:
            reply = self._try(prompt)
        except JudgeFailed as failure:
            self._note(failure)
            raise
        with self._lock:
            self._failures_in_a_row = 0
        return reply

    def _note(self, failure: JudgeFailed) -> None:
        if not failure.whole:
            return
        with self._lock:
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= GIVE_UP_AFTER or not failure.passing:
                self._stop.set()

    def _try(self, prompt: str) -> str:
        for wait_s in (*WAITS_S, None):
            if self._stop.is_set():
                raise JudgeNotAsked
            try:
                return self._once(prompt)
            except JudgeFailed as failure:
                if wait_s is None or not failure.passing:
                    raise
                self._stop.wait(max(wait_s, min(failure.wait_s, MAX_WAIT_S)))
        raise AssertionError("the last try returns or raises")

    def _once(self, prompt: str) -> str:
        question = {
            "model": self._judge.model,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": 0,
            "max_tokens": MAX_TOKENS,
        }
        try:
            with self._http.stream("POST", self._url, json=question) as response:
                body = self._read(response)
        except httpx.TimeoutException:
            raise self._too_slow() from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            # Not its message, and not as the cause: some quote the request's headers.
            kind = type(error).__name__
            raise JudgeFailed("unreachable", kind, passing=True, whole=True) from None
        if response.status_code != httpx.codes.OK:
            raise self._refused(response, body)
        return self._clean(_content(body))

    def _read(self, response: httpx.Response) -> bytes:
        """Return the body; JudgeFailed when it is too large or does not end in time."""
        deadline = time.monotonic() + self._judge.timeout_s
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise JudgeFailed("not_openai", "The body is too large.")
            if time.monotonic() > deadline:
                raise self._too_slow()
        return bytes(body)

    def _too_slow(self) -> JudgeFailed:
        detail = f"No reply within {self._judge.timeout_s:g} s."
        return JudgeFailed("timeout", detail, passing=True, whole=True)

    def _refused(self, response: httpx.Response, body: bytes) -> JudgeFailed:
        status = response.status_code
        said = self._clean(body.decode("utf-8", "replace"))[:MAX_DETAIL_CHARACTERS]
        passing = status in _PASSING or status >= 500
        return JudgeFailed(
            f"http_{status}",
            said,
            passing=passing,
            whole=passing or status in _WRONG_SETTINGS,
            wait_s=_retry_after_s(response.headers.get("retry-after", "")),
        )

    def _clean(self, text: str) -> str:
        """Return ``text`` without the key, which some servers repeat, and storable."""
        key = self._judge.api_key
        return storable(text.replace(key, "[key]") if len(key) >= LEAST_KEY_LENGTH else text)


def _content(body: bytes) -> str:
    """Return the text of a chat completion; JudgeFailed when the body is none."""
    try:
        content: Any = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise JudgeFailed("not_openai", "The reply is no chat completion.") from None
    if content is None:
        return ""
    if not isinstance(content, str):
        raise JudgeFailed("not_openai", "The reply's content is no text.")
    return content


def _retry_after_s(value: str) -> float:
    """Return the seconds of a Retry-After header, 0 for one that cannot be read."""
    if value.isdecimal():
        return float(value[:6])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0
