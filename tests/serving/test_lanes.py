"""One connection for each request in flight, kept for the next, and free again whatever became of the request."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from evaluator.lanes import LanesTransport
from tests.support.openai_server import OpenAIServer, openai_server

BODY = {"model": "test-model", "messages": [{"role": "user", "content": "A?"}], "stream": True}


def client(lanes: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=LanesTransport(lanes, ("127.0.0.1",), tls=False), timeout=5)


async def ask(http: httpx.AsyncClient, server: OpenAIServer) -> int:
    response = await http.post(f"{server.base_url}/chat/completions", json=BODY)
    return response.status_code


def test_requests_in_flight_are_as_many_as_lanes_and_connections_are_used_again() -> None:
    async def go(server: OpenAIServer) -> list[int]:
        async with client(3) as http:
            return await asyncio.gather(*(ask(http, server) for _ in range(20)))

    with openai_server(delay_s=0.02) as server:
        assert asyncio.run(go(server)) == [200] * 20
    assert server.most_in_flight == 3
    assert server.connections == 3


@pytest.mark.parametrize("mode", ["broken_stream_once", "normal"])
def test_a_lane_is_free_again_after_an_answer_that_was_not_read_to_its_end(mode: str) -> None:
    async def go(server: OpenAIServer) -> int:
        async with client(1) as http:
            url = f"{server.base_url}/chat/completions"
            async with http.stream("POST", url, json=BODY) as response:
                assert response.status_code == 200
            return await ask(http, server)

    with openai_server(mode=mode) as server:
        assert asyncio.run(go(server)) == 200


def test_a_lane_is_free_again_after_a_request_that_failed_or_was_cancelled() -> None:
    async def go(server: OpenAIServer) -> int:
        async with client(1) as http:
            with pytest.raises(httpx.ConnectError):
                await http.get("http://127.0.0.1:1/")
            server.delay_s = 30
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await ask(http, server)
            server.delay_s = 0
            return await ask(http, server)

    with openai_server() as server:
        assert asyncio.run(go(server)) == 200
