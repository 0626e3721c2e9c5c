"""Sealing on the site, opening on the worker: the two are one contract."""

from __future__ import annotations

import base64
import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from nacl.public import PrivateKey
from pytest_django import Settings

from evaluator.errors import EvaluationError, FailureCode
from evaluator.keys import open_sealed
from leaderboard.core.sealing import SealingUnavailable, can_seal, seal

SECRET = "sk-planted-钥匙"


def test_the_worker_opens_what_the_site_sealed() -> None:
    sealed = seal(SECRET)

    assert SECRET not in sealed
    assert open_sealed(sealed, os.environ["EVALUATOR_PRIVATE_KEY"]) == SECRET


def test_the_same_secret_looks_different_each_time() -> None:
    assert seal(SECRET) != seal(SECRET)


def test_another_key_does_not_open_it() -> None:
    other = base64.b64encode(bytes(PrivateKey.generate())).decode()

    with pytest.raises(EvaluationError) as closed:
        open_sealed(seal(SECRET), other)

    assert closed.value.code is FailureCode.KEY_UNREADABLE


def test_without_a_public_key_nothing_is_sealed(settings: Settings) -> None:
    settings.EVALUATOR_PUBLIC_KEY = ""

    assert not can_seal()
    with pytest.raises(SealingUnavailable):
        seal(SECRET)


@pytest.mark.parametrize("key", ["not base64!", base64.b64encode(b"short").decode()])
def test_a_public_key_that_is_none_is_named_and_the_secret_is_not(
    key: str, settings: Settings
) -> None:
    settings.EVALUATOR_PUBLIC_KEY = key

    with pytest.raises(ImproperlyConfigured, match="EVALUATOR_PUBLIC_KEY") as broken:
        seal(SECRET)

    assert SECRET not in str(broken.value)
