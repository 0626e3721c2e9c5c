"""Which submitted addresses are refused, and where the connection to an accepted one goes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import httpx
import pytest

from evaluator.addresses import CheckedAddress, check_address, pinned_client
from evaluator.errors import EvaluationError, FailureCode
from tests.support.openai_server import openai_server

PUBLIC = "93.184.216.34"


def resolving(*addresses: str) -> Callable[[str, int], list[str]]:
    return lambda *_: list(addresses)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org",
        "file:///etc/passwd",
        "//example.org",
        "http://",
        "http://user@example.org",
        "http://user:password@example.org",
        f"http://{PUBLIC}\\@127.0.0.1/",
        "http://exam ple.org",
        "http://example.org\r\nhost: other",
        "http://example.org?x=1",
        "http://example.org#x",
        "http://example.org:0",
        "http://example.org:99999",
        "http://-example.org",
        "http://example..org",
        "http://127.0.0.1",
        "http://127.1",
        "http://2130706433",
        "http://0x7f000001",
        "http://0x7f.0.0.1",
        "http://0177.0.0.1",
        "http://134744072",
        "http://127。0。0。1",
        "http://①②⑦.0.0.1",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://100.64.0.1",
        "http://169.254.169.254/latest/meta-data",
        "http://192.0.0.8",
        "http://224.0.0.1",
        "http://255.255.255.255",
        "http://[::1]",
        "http://[::]",
        "http://[::ffff:127.0.0.1]",
        "http://[::127.0.0.1]",
        "http://[64:ff9b::7f00:1]",
        "http://[2002:7f00:1::]",
        "http://[fe80::1%25eth0]",
        "http://[fc00::1]",
        "http://[fec0::1]",
        "http://[ff02::1]",
        "http://" + "a" * 3000,
        # What people write instead of an address that everybody would know.
        "gopher://example.org",
        "javascript:alert(1)",
        "http:example.org",
        "http:///example.org",
        "http://@example.org",
        f"http://{PUBLIC}:80@127.0.0.1/",
        f"http://127.0.0.1#@{PUBLIC}/",
        f"http://127.0.0.1\t@{PUBLIC}/",
        "http://example.org:8o80",
        "http://example.org:-1",
        "http://example.org%00.evil.example",
        "http://127.0.0.1%2f@example.org",
        "http://[::1",
        "http://[127.0.0.1]",
        "http://017700000001",
        "http://0x7f.1",
        "http://0300.0250.1",
        "http://3232235521",
        "http://127.0.0.1.",
        "http://127．0．0．1",
        "http://１27.0.0.1",
        "http://192.168.0.1",
        "http://172.16.5.4",
        "http://198.18.0.1",
        "http://192.0.2.1",
        "http://240.0.0.1",
        # Where clouds tell their machines secrets.
        "http://100.100.100.200/latest/meta-data",
        "http://168.63.129.16/metadata",
        "http://[fd00:ec2::254]/latest",
        "http://192.0.0.192/opc/v2",
        "http://[::ffff:169.254.169.254]",
        "http://[::ffff:a9fe:a9fe]",
        "http://[64:ff9b::a9fe:a9fe]",
        "http://[2001::1]",
        "http://[2001:db8::1]",
        "http://[100::1]",
    ],
)
def test_hostile_addresses_are_refused(url: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        check_address(url, resolver=resolving(PUBLIC))
    assert caught.value.code is FailureCode.ADDRESS_FORBIDDEN


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.1.2.3", "::1", "::ffff:10.1.2.3"])
def test_one_inner_address_among_public_ones_is_enough_to_refuse(inner: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        check_address("https://example.org/v1", resolver=resolving(PUBLIC, inner))
    assert caught.value.code is FailureCode.ADDRESS_FORBIDDEN
    assert inner not in caught.value.detail


@pytest.mark.parametrize(
    "name", ["metadata.google.internal", "localhost", "ip6-localhost", "127.0.0.1.nip.example"]
)
def test_names_count_for_nothing_and_where_they_lead_for_everything(name: str) -> None:
    inner = "169.254.169.254" if "metadata" in name else "127.0.0.1"
    with pytest.raises(EvaluationError) as caught:
        check_address(f"http://{name}/v1", resolver=resolving(inner))
    assert caught.value.code is FailureCode.ADDRESS_FORBIDDEN


def test_a_name_that_is_bound_anew_after_the_check_leads_nowhere_else() -> None:
    """DNS rebinding: the resolver gives the checked address once, and another one from then on."""
    with openai_server() as server:
        asked: list[str] = []

        def rebinding(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

        port = httpx.URL(server.base_url).port
        address = check_address(
            f"http://rebound.invalid:{port}/v1", ["127.0.0.1/32"], resolver=rebinding
        )
        for _ in range(3):
            assert get(address, f"{address.url}/models").status_code == 200
    assert asked == ["rebound.invalid"]


def test_name_that_does_not_resolve_is_unreachable() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(EvaluationError) as caught:
        check_address("https://nowhere.example/v1", resolver=unknown)
    assert caught.value.code is FailureCode.ENDPOINT_UNREACHABLE


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Example.org/v1/", "https://example.org/v1"),
        ("HTTP://example.org:80", "http://example.org"),
        ("https://example.org.:8443/a/b", "https://example.org:8443/a/b"),
        ("https://bücher.example/v1", "https://xn--bcher-kva.example/v1"),
        (f"http://{PUBLIC}:8000/v1", f"http://{PUBLIC}:8000/v1"),
        ("http://[2606:2800:0220::1]/v1", "http://[2606:2800:220::1]/v1"),
    ],
)
def test_public_address_is_normalised(url: str, expected: str) -> None:
    assert check_address(url, resolver=resolving(PUBLIC)).url == expected


def test_allowed_network_opens_only_itself() -> None:
    allowed = ["10.1.0.0/16", "::1/128"]
    assert check_address("http://10.1.2.3:8000", allowed).addresses == ("10.1.2.3",)
    assert check_address("http://[::ffff:10.1.2.3]", allowed).host == "::ffff:a01:203"
    with pytest.raises(EvaluationError):
        check_address("http://10.2.0.1", allowed)


def test_connection_goes_to_the_checked_address_whatever_the_name_is() -> None:
    with openai_server() as server:
        port = httpx.URL(server.base_url).port
        # No resolver on earth knows this name: only the pinned address can be what answers.
        address = check_address(
            f"http://model.invalid:{port}/v1", ["127.0.0.0/8"], resolver=resolving("127.0.0.1")
        )
        response = get(address, f"{address.url}/models")
    assert response.json()["data"][0]["id"] == server.model


def test_international_name_is_asked_in_its_ascii_form() -> None:
    with openai_server() as server:
        port = httpx.URL(server.base_url).port
        address = check_address(
            f"http://bücher.invalid:{port}/v1", ["127.0.0.0/8"], resolver=resolving("127.0.0.1")
        )
        assert address.host == "xn--bcher-kva.invalid"
        assert get(address, f"{address.url}/models").status_code == 200


def test_next_address_is_tried_when_the_first_refuses() -> None:
    with openai_server() as server:
        port = httpx.URL(server.base_url).port
        address = check_address(
            f"http://model.invalid:{port}/v1",
            ["127.0.0.0/8"],
            resolver=resolving("127.0.0.9", "127.0.0.1"),
        )
        assert get(address, f"{address.url}/models").status_code == 200


def test_a_connection_that_fails_does_not_tell_the_address_behind_the_name() -> None:
    address = check_address(
        "http://model.invalid:1/v1", ["127.0.0.0/8"], resolver=resolving("127.0.0.9", "127.0.0.8")
    )
    with pytest.raises(httpx.ConnectError) as caught:
        get(address, f"{address.url}/models")
    assert str(caught.value)
    assert "127.0.0" not in str(caught.value)


def test_client_refuses_every_other_host() -> None:
    with openai_server() as server, openai_server() as other:
        address = check_address(server.base_url, ["127.0.0.0/8"])
        with pytest.raises(httpx.UnsupportedProtocol):
            get(address, f"{other.base_url}/models")


def test_redirects_are_not_followed() -> None:
    with openai_server(mode="redirect") as server:
        address = check_address(server.base_url, ["127.0.0.0/8"])
        body = {"model": server.model, "messages": []}
        assert post(address, body).status_code == 307
        assert len(server.received) == 1


def test_body_that_is_too_large_is_cut() -> None:
    with openai_server() as server:
        address = check_address(server.base_url, ["127.0.0.0/8"])
        with pytest.raises(httpx.DecodingError, match="larger"):
            get(address, f"{address.url}/models", max_body_bytes=10)


def get(address: CheckedAddress, url: str, **options: int) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with pinned_client(address, timeout_s=10, **options) as client:
            return await client.get(url)

    return asyncio.run(ask())


def post(address: CheckedAddress, body: object) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with pinned_client(address, timeout_s=10) as client:
            return await client.post(f"{address.url}/chat/completions", json=body)

    return asyncio.run(ask())
