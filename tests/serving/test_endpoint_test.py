"""A test of an endpoint before it is submitted: what it tells, and that it always tells something."""

from __future__ import annotations

import base64

import pytest
from nacl.public import PrivateKey, SealedBox

from evaluator.errors import FailureCode
from evaluator.messages import EndpointTest, EndpointTestResult
from evaluator.serving.endpoint_test import ask
from tests.support.openai_server import OpenAIServer, openai_server

KEY = "sk-planted-0123456789abcdef"
PAIR = PrivateKey.generate()
PRIVATE = base64.b64encode(bytes(PAIR)).decode()
SEALED = base64.b64encode(SealedBox(PAIR.public_key).encrypt(KEY.encode())).decode()


def result_of(
    server: OpenAIServer, sealed: str = SEALED, model: str = "test-model"
) -> EndpointTestResult:
    test = EndpointTest(number="1", base_url=server.base_url, model=model, api_key_sealed=sealed)
    return ask(test, PRIVATE, allowed_networks=("127.0.0.0/8",), timeout_s=10)


def test_a_good_endpoint_is_asked_with_the_opened_key() -> None:
    with openai_server(api_key=KEY) as server:
        result = result_of(server)
    assert result.code is None
    assert result.answer
    assert result.models == ("test-model",)
    assert result.ttft_ms is not None
    assert EndpointTestResult.from_json(result.to_json()) == result


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("auth_401", FailureCode.ENDPOINT_AUTH),
        ("no_images", FailureCode.ENDPOINT_NO_IMAGES),
        ("html", FailureCode.ENDPOINT_NOT_OPENAI),
    ],
)
def test_a_failure_is_a_result(mode: str, code: FailureCode) -> None:
    with openai_server() as server:
        server.mode = mode
        result = result_of(server, sealed="")
    assert result.code is code
    assert EndpointTestResult.from_json(result.to_json()) == result


def test_what_the_endpoint_says_of_the_key_is_not_told() -> None:
    with openai_server() as server:
        server.mode = "echoes_key"
        result = result_of(server)
    assert KEY not in str(result)


def test_a_key_sealed_for_others_is_a_result() -> None:
    other = SealedBox(PrivateKey.generate().public_key).encrypt(KEY.encode())
    with openai_server() as server:
        result = result_of(server, sealed=base64.b64encode(other).decode())
    assert result.code is FailureCode.KEY_UNREADABLE


def test_an_address_that_is_not_allowed_is_not_asked() -> None:
    with openai_server() as server:
        test = EndpointTest(number="1", base_url=server.base_url, model="m")
        result = ask(test, PRIVATE, allowed_networks=())
        assert not server.received
    assert result.code is FailureCode.ADDRESS_FORBIDDEN


@pytest.mark.parametrize("payload", [{}, {"number": 1, "base_url": "", "model": ""}, {"x": "y"}])
def test_what_is_no_test_is_refused(payload: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        EndpointTest.from_json(payload)
