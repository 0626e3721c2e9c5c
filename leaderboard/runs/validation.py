"""Checking a submission request: everything that is wrong with it, at once. Reads the catalogue, changes nothing."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, replace
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from evaluator.addresses import check_address
from evaluator.checkpoint.components import Component
from evaluator.engines import all_engines, serving_engines
from evaluator.engines.command import CommandEngine
from evaluator.errors import EvaluationError, FailureCode
from evaluator.messages import GPU_QUEUES
from evaluator.spec import PICTURES
from leaderboard.catalog.models import Benchmark, Precision
from leaderboard.core.sealing import can_seal
from leaderboard.runs.planning import can_be_frugal, with_pictures
from leaderboard.runs.submission import SubmissionInvalid, SubmissionRequest

Error = dict[str, str]

MAX_CONCURRENCY = 256
MAX_NOTE_LENGTH = 10_000
MAX_KEY_LENGTH = 4096
MIN_MODEL_LEN = 256
MAX_IMAGES = 256
BLIND_MODES = ("", *(mode for mode in PICTURES if mode != "shown"))
MAX_WHOLE = 2**31 - 1

TEXT_LENGTHS = {
    "model_name": 120,
    "organization": 120,
    "homepage": 200,
    "base_url": 500,
    "source": 500,
    "revision": 120,
    "served_name": 200,
    "engine": 40,
}
"""As long as the columns that hold them."""

_HUB_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$")
_KEY_CHARACTERS = re.compile(r"[\x21-\x7e]+")


def checked(request: SubmissionRequest) -> SubmissionRequest:
    """Return the request in its normal form: texts stripped, the URL as the address guard reads it.

    Raises SubmissionInvalid with every error. Resolves the endpoint's name: a name that does not resolve here is
    left to the worker, which may see another network; an address that is not allowed is refused.
    """
    request = _stripped(request)
    errors = [
        *text_errors(_texts(request)),
        *benchmark_errors(request.benchmarks),
        *_mode_errors(request),
        *_number_errors(request),
        *size_errors(request.parameters_b),
        *_choice_errors(request),
        *precision_errors(request.precision),
        *_component_errors(request.components),
        *_serving_errors(request),
        *_key_errors(request),
    ]
    if request.kind == "endpoint":
        errors += _endpoint_errors(request)
        request, address_errors = _with_checked_url(request)
        errors += address_errors
    elif request.kind == "checkpoint":
        errors += _checkpoint_errors(request)
        request = replace(
            request, served_name=request.served_name or PurePosixPath(request.source).name
        )
    if errors:
        raise SubmissionInvalid(errors)
    return request


def _error(field: str, code: str, message: str) -> Error:
    return {"field": field, "code": code, "message": message}


def _required(field: str) -> Error:
    return _error(field, "required", _("This field is required."))


def _stripped(request: SubmissionRequest) -> SubmissionRequest:
    texts = {name: value.strip() for name, value in _texts(request).items()}
    slugs = tuple(dict.fromkeys(slug.strip() for slug in request.benchmarks))
    engine = texts["engine"] or ("endpoint" if request.kind == "endpoint" else "")
    changes: dict[str, Any] = {**texts, "benchmarks": slugs, "engine": engine}
    return replace(request, **changes)


def _texts(request: SubmissionRequest) -> dict[str, str]:
    return {
        f.name: value
        for f in fields(request)
        if isinstance(value := getattr(request, f.name), str) and f.name != "api_key"
    }


def text_errors(texts: Mapping[str, str]) -> Iterator[Error]:
    """Yield what is wrong with a request's texts, by field; ``model_name`` must be among them."""
    for field, value in texts.items():
        longest = TEXT_LENGTHS.get(field)
        if longest is None:
            continue
        if len(value) > longest:
            yield _error(field, "too_long", _("At most %d characters.") % longest)
        if any(unicodedata.category(c) in ("Cc", "Cs") for c in value):
            yield _error(field, "invalid", _("Control characters are not allowed."))
    if len(texts.get("note", "")) > MAX_NOTE_LENGTH:
        yield _error("note", "too_long", _("At most %d characters.") % MAX_NOTE_LENGTH)
    if not texts["model_name"]:
        yield _required("model_name")
    if homepage := texts.get("homepage"):
        try:
            URLValidator(schemes=["http", "https"])(homepage)
        except ValidationError:
            yield _error("homepage", "invalid", _("Not an http(s) address."))


def benchmark_errors(slugs: Collection[str]) -> Iterator[Error]:
    """Yield what is wrong with a choice of benchmarks: none, or ones that are not offered."""
    if not slugs:
        yield _required("benchmarks")
        return
    offered = set(Benchmark.objects.filter(active=True).values_list("slug", flat=True))
    for slug in slugs:
        if slug not in offered:
            near = difflib.get_close_matches(slug, offered, n=3)
            message = _("There is no benchmark “%s”.") % slug[:80]
            if near:
                message += " " + _("Did you mean %s?") % ", ".join(near)
            yield _error("benchmarks", FailureCode.BENCHMARK_UNKNOWN.value, message)


def _mode_errors(request: SubmissionRequest) -> Iterator[Error]:
    """Refuse a mode that does not exist, and one that none of the chosen benchmarks can be run in.

    Where some can, the others are run as usual.
    """
    if request.blind not in BLIND_MODES:
        known = ", ".join(mode for mode in BLIND_MODES if mode)
        message = _("There is no way “%(name)s” to leave out pictures. One of: %(known)s.")
        yield _error("blind", "invalid", message % {"name": request.blind[:40], "known": known})
    if not (request.blind or request.frugal):
        return
    chosen = Benchmark.objects.filter(active=True, slug__in=request.benchmarks)
    if not chosen:
        return
    if request.blind and not with_pictures(chosen).exists():
        message = _("None of the chosen benchmarks has pictures that could be left out.")
        yield _error("blind", "no_pictures", message)
    if request.frugal and not any(can_be_frugal(benchmark) for benchmark in chosen):
        message = _(
            "None of the chosen benchmarks asks a question in several passes that rules can decide: there is nothing to save."
        )
        yield _error("frugal", "no_passes", message)


def _number_errors(request: SubmissionRequest) -> Iterator[Error]:
    ranges: dict[str, tuple[int, int]] = {
        "limit": (1, MAX_WHOLE),
        "concurrency": (1, MAX_CONCURRENCY),
        "tensor_parallel_size": (1, max(GPU_QUEUES)),
        "max_model_len": (MIN_MODEL_LEN, MAX_WHOLE),
        "images_per_prompt": (1, MAX_IMAGES),
    }
    for field, (low, high) in ranges.items():
        value: int | None = getattr(request, field)
        if value is not None and not low <= value <= high:
            message = _("A whole number from %(low)d to %(high)d.") % {"low": low, "high": high}
            yield _error(field, "out_of_range", message)


def size_errors(size: float | None) -> Iterator[Error]:
    """Yield what is wrong with a number of parameters."""
    if size is not None and not (math.isfinite(size) and size > 0):
        yield _error("parameters_b", "out_of_range", _("A number above 0."))


def _choice_errors(request: SubmissionRequest) -> Iterator[Error]:
    if request.kind not in ("endpoint", "checkpoint"):
        yield _error("kind", "invalid", _("Either endpoint or checkpoint."))


def precision_errors(precision: str) -> Iterator[Error]:
    """Yield what is wrong with a precision."""
    if precision not in Precision.values:
        message = _("One of: %s.") % ", ".join(Precision.values)
        yield _error("precision", "invalid", message)


def _component_errors(components: Mapping[str, str]) -> Iterator[Error]:
    for name, scheme in components.items():
        if name not in {component.value for component in Component}:
            known = ", ".join(component.value for component in Component)
            yield _error("components", "invalid", _("One of: %s.") % known)
        elif scheme not in Precision.values:
            message = _("One of: %s.") % ", ".join(Precision.values)
            yield _error(f"components.{name}", "invalid", message)


def _serving_errors(request: SubmissionRequest) -> Iterator[Error]:
    """Hold the KV cache's type and extra flags against the engine's declaration."""
    engine = all_engines().get(request.engine)
    if not isinstance(engine, CommandEngine):
        return
    if request.kv_cache_dtype not in engine.kv_cache_dtypes:
        message = _("One of: %s.") % ", ".join(sorted(engine.kv_cache_dtypes))
        yield _error("kv_cache_dtype", "invalid", message)
    for name, value in request.engine_args.items():
        flag = engine.flags.get(name)
        if flag is None:
            known = ", ".join(sorted(engine.flags)) or "—"
            yield _error(f"engine_args.{name[:40]}", "unknown_field", _("One of: %s.") % known)
        elif not flag.accepts(value):
            yield _error(f"engine_args.{name}", "invalid", _("It takes: %s.") % flag)


def _key_errors(request: SubmissionRequest) -> Iterator[Error]:
    key = request.api_key
    if not key:
        return
    if request.kind == "checkpoint":
        yield _error("api_key", "invalid", _("A checkpoint takes no API key."))
    elif not can_seal():
        message = _("This site cannot take API keys: EVALUATOR_PUBLIC_KEY is not configured.")
        yield _error("api_key", "sealing_unavailable", message)
    elif len(key) > MAX_KEY_LENGTH or not _KEY_CHARACTERS.fullmatch(key):
        message = _("Printable ASCII without spaces, at most %d characters.") % MAX_KEY_LENGTH
        yield _error("api_key", "invalid", message)


def _endpoint_errors(request: SubmissionRequest) -> Iterator[Error]:
    if not request.served_name:
        yield _required("served_name")
    if request.engine != "endpoint":
        yield _error("engine", "invalid", _("An endpoint brings its own engine."))
    for field in ("source", "revision"):
        if getattr(request, field):
            yield _error(field, "invalid", _("Only a checkpoint has this field."))


def _with_checked_url(request: SubmissionRequest) -> tuple[SubmissionRequest, list[Error]]:
    if not request.base_url:
        return request, [_required("base_url")]
    try:
        address = check_address(request.base_url, settings.ENDPOINT_ALLOWED_NETWORKS)
    except EvaluationError as error:
        if error.code is FailureCode.ENDPOINT_UNREACHABLE:
            return request, []
        return request, [_error("base_url", error.code.value, error.detail)]
    return replace(request, base_url=address.url), []


def _checkpoint_errors(request: SubmissionRequest) -> Iterator[Error]:
    if request.base_url:
        yield _error("base_url", "invalid", _("Only an endpoint has this field."))
    if not request.engine:
        yield _required("engine")
    elif request.engine not in serving_engines():
        message = _("There is no engine “%(name)s”. One of: %(known)s.") % {
            "name": request.engine[:40],
            "known": ", ".join(serving_engines()),
        }
        yield _error("engine", FailureCode.ENGINE_UNKNOWN.value, message)
    if request.served_name.startswith("-"):
        # Engines would take it for one of their options.
        yield _error("served_name", "invalid", _("A name cannot begin with “-”."))
    if not request.source:
        yield _required("source")
    elif request.source.startswith("/"):
        if not _inside_roots(request.source):
            roots = ", ".join(settings.CHECKPOINT_ROOTS)
            message = (
                _("The folder is not inside one of this site's checkpoint folders: %s.") % roots
                if roots
                else _("This site has no checkpoint folders: give a hub id (organisation/name).")
            )
            yield _error("source", FailureCode.CHECKPOINT_NOT_ALLOWED.value, message)
    elif not _HUB_ID.match(request.source):
        message = _("Neither a hub id (organisation/name) nor an absolute folder.")
        yield _error("source", FailureCode.CHECKPOINT_NOT_ALLOWED.value, message)


def _inside_roots(source: str) -> bool:
    """Whether the path reads as inside an allowed root. The worker, which has the files, resolves links."""
    path = PurePosixPath(source)
    return ".." not in path.parts and any(
        path.is_relative_to(root) for root in settings.CHECKPOINT_ROOTS
    )
