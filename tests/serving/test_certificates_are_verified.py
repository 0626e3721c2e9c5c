"""TLS to a checked address: the certificate must be of the submitted name, by an authority that is trusted."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from evaluator.addresses import check_address, pinned_client

NAME = "model.invalid"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


def certificate(folder: Path, name: str) -> Path:
    """Write a self-signed certificate for a name with its key; return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "server.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


def ask(file: Path) -> int:
    """Ask https://model.invalid, which is a server with the certificate in ``file``; return the status."""

    async def go() -> int:
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(file)
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=serving)
        async with server:
            port = server.sockets[0].getsockname()[1]
            address = check_address(
                f"https://{NAME}:{port}/v1", ["127.0.0.0/8"], resolver=lambda *_: ["127.0.0.1"]
            )
            async with pinned_client(address, timeout_s=10) as http:
                return (await http.get(f"{address.url}/models")).status_code

    return asyncio.run(go())


@pytest.mark.parametrize(("name", "accepted"), [(NAME, True), ("other.invalid", False)])
def test_a_certificate_must_be_of_the_submitted_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, accepted: bool
) -> None:
    file = certificate(tmp_path, name)
    trusting = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(httpx, "create_ssl_context", lambda **_: trusting)
    if accepted:
        assert ask(file) == 200
    else:
        with pytest.raises(httpx.ConnectError, match="certificate"):
            ask(file)


def test_a_certificate_of_no_authority_is_refused(tmp_path: Path) -> None:
    with pytest.raises(httpx.ConnectError, match="certificate"):
        ask(certificate(tmp_path, NAME))
