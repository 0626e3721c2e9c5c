"""Pinning a hub id to a commit, and looking at it before an engine downloads it.

Speaks the hub's HTTP: ``/api/models/{id}/revision/{revision}`` tells the commit and the files,
``/{id}/resolve/{commit}/{file}`` gives a file. Of the weights only the headers are fetched (HTTP ranges).
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from evaluator.checkpoint.facts import CheckpointFacts, facts_of
from evaluator.checkpoint.fingerprint import Fingerprint, fingerprint_of_files
from evaluator.checkpoint.headers import MAX_HEADER_BYTES, WeightFile, held, parse_weight_file
from evaluator.errors import EvaluationError, FailureCode
from evaluator.serving.checkpoints import (
    INDEX,
    is_configuration,
    require_no_code,
    require_safetensors,
    require_whole,
)

MAX_FILES = 2000
MAX_CONFIG_BYTES = 20_000_000
_FIRST_BYTES = 256 * 1024
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Hub:
    """Where models are downloaded from, and the token for gated ones."""

    url: str
    token: str | None = field(default=None, repr=False)
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Pinned:
    """A hub model at one commit. ``config`` and ``facts`` are None where the hub could not be asked."""

    commit: str
    config: Mapping[str, Any] | None = None
    facts: CheckpointFacts | None = None


def is_commit(revision: str | None) -> bool:
    """Return whether a revision is a full commit: nothing that can come to mean something else."""
    return revision is not None and _COMMIT.fullmatch(revision) is not None


def pin(source: str, revision: str | None, hub: Hub | None, *, trust_remote_code: bool) -> Pinned:
    """Return the commit that a hub id's revision stands for now (None: the main branch), and what is in it.

    A full commit needs no hub: the engine may have it in its cache. Raises EvaluationError: CHECKPOINT_UNPINNED when
    the hub cannot say what a branch or tag stands for, CHECKPOINT_MISSING when it has no such model, and as
    ``check_checkpoint`` does.
    """
    if hub is not None:
        headers = {"authorization": f"Bearer {hub.token}"} if hub.token else {}
        with httpx.Client(
            base_url=hub.url, headers=headers, timeout=hub.timeout_s, follow_redirects=True
        ) as client:
            try:
                return _looked_at(client, source, revision or "main", trust_remote_code)
            except httpx.HTTPStatusError as error:
                reason = f"The hub answered {error.response.status_code}."
            except httpx.HTTPError as error:
                reason = f"The hub did not answer ({type(error).__name__})."
    else:
        reason = "This worker is not connected to a hub."
    if revision is not None and is_commit(revision):
        return Pinned(revision)
    asked = f"“{revision[:80]}” is" if revision else "No revision was given, and the main branch is"
    raise EvaluationError(FailureCode.CHECKPOINT_UNPINNED, f"{reason} {asked} no full commit.")


def _looked_at(client: httpx.Client, source: str, revision: str, trust: bool) -> Pinned:
    listing = _json(
        _get(client, f"/api/models/{source}/revision/{quote(revision, safe='')}", {"blobs": "true"})
    )
    commit = str(listing.get("sha"))
    if not is_commit(commit):
        raise _failure("INVALID", "The hub's answer names no commit.")
    if is_commit(revision) and commit != revision:
        raise _failure(
            "MISSING", f"The hub answered with commit {commit[:12]}, not {revision[:12]}."
        )
    sizes = _files(listing)
    require_safetensors(name for name in sizes if "/" not in name)
    repository = _Repository(client, f"/{source}/resolve/{commit}", sizes)
    for name in sizes:
        if is_configuration(name):
            require_no_code(name, repository.object(name), trust_remote_code=trust)
    if "config.json" not in sizes:
        raise _failure("INVALID", "There is no config.json.")
    if INDEX in sizes:
        require_whole(repository.object(INDEX), [name for name in sizes if "/" not in name])
    config = repository.object("config.json")
    weights = sorted(n for n in sizes if n.endswith(".safetensors") and "/" not in n)
    facts = facts_of(
        config,
        held(map(repository.weights, weights)),
        hf_quant_config=repository.object("hf_quant_config.json")
        if "hf_quant_config.json" in sizes
        else None,
        readme=repository.text("README.md") if "README.md" in sizes else "",
        hashed=_fingerprint(listing, weights),
        commit=commit,
    )
    return Pinned(commit, config, facts)


@dataclass(frozen=True, slots=True)
class _Repository:
    client: httpx.Client
    path: str
    sizes: Mapping[str, int]

    def object(self, name: str) -> dict[str, Any]:
        return _json(_get(self.client, self._url(name)), name)

    def text(self, name: str) -> str:
        return _get(self.client, self._url(name)).decode("utf-8", "replace")

    def weights(self, name: str) -> WeightFile:
        """Fetch a file's header: its beginning, and as much more as the header's length says."""
        start = self._range(name, _FIRST_BYTES)
        length = 8 + int.from_bytes(start[:8], "little")
        if len(start) < length <= 8 + MAX_HEADER_BYTES:
            start = self._range(name, length)
        return parse_weight_file(name, self.sizes[name], io.BytesIO(start))

    def _range(self, name: str, count: int) -> bytes:
        return _get(
            self.client, self._url(name), headers={"range": f"bytes=0-{count - 1}"}, most=count
        )

    def _url(self, name: str) -> str:
        return f"{self.path}/{quote(name)}"


def _get(
    client: httpx.Client,
    path: str,
    params: Mapping[str, str] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    most: int | None = None,
) -> bytes:
    """Return the body, no more than ``most`` bytes of it.

    Raises httpx.HTTPError when the hub does not answer, or says that it cannot at the moment. Any other refusal is the
    file's own fault and raises EvaluationError: whoever made it must not get past what is read of it.
    """
    limit = most or MAX_CONFIG_BYTES
    body = bytearray()
    with client.stream("GET", path, params=params, headers=dict(headers or {})) as response:
        if response.status_code in (401, 403, 404):
            raise _failure(
                "MISSING",
                f"The hub answered {response.status_code}: not there, or not for this worker.",
            )
        if response.status_code in (408, 429) or response.status_code >= 500:
            raise httpx.HTTPStatusError("", request=response.request, response=response)
        if response.status_code >= 400:
            name = path.rpartition("/")[2]
            raise _failure("INVALID", f"The hub answered {response.status_code} for {name}.")
        for part in response.iter_bytes():
            body += part
            if len(body) >= limit:
                break
    if most is None and len(body) >= limit:
        raise _failure("INVALID", f"{path.rpartition('/')[2]} is too large.")
    return bytes(body[:limit])


def _files(listing: Mapping[str, Any]) -> dict[str, int]:
    siblings = listing.get("siblings")
    if not isinstance(siblings, list) or len(siblings) > MAX_FILES:
        raise _failure("INVALID", f"The hub lists no files, or more than {MAX_FILES}.")
    return {
        str(entry["rfilename"]): size if type(size := entry.get("size")) is int else 0
        for entry in siblings
        if isinstance(entry, dict) and isinstance(entry.get("rfilename"), str)
    }


def _fingerprint(listing: Mapping[str, Any], weights: Collection[str]) -> Fingerprint | None:
    """Return that of the weight files by the hub's SHA-256 of each (``lfs``); None unless it tells all of them."""
    hashes = []
    for entry in listing["siblings"]:
        if isinstance(entry, dict) and entry.get("rfilename") in weights:
            lfs = entry.get("lfs")
            hashes.append(str(lfs.get("sha256")) if isinstance(lfs, dict) else "")
    known = len(hashes) == len(weights) and all(_SHA256.fullmatch(found) for found in hashes)
    return fingerprint_of_files(hashes) if known else None


def _json(body: bytes, name: str = "The hub's answer") -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _failure("INVALID", f"{name} is not JSON.") from error
    if not isinstance(data, dict):
        raise _failure("INVALID", f"{name} is not a JSON object.")
    return data


def _failure(name: str, detail: str) -> EvaluationError:
    return EvaluationError(FailureCode[f"CHECKPOINT_{name}"], detail)
