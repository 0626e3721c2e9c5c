"""The model and the one thread that runs it: waiting requests are answered together, each streamed on its own.

Greedy requests that wait at the same time share a batch (left padding, masked, so that an answer does not depend on
its neighbours beyond rounding). A request that samples runs alone, so that its seed decides its answer. A batch runs
until its longest answer ends; what arrives meanwhile forms the next one.
"""

from __future__ import annotations

import copy
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from evaluator.harness.serve_transformers.chat import ChatRequest, RequestError
from evaluator.harness.serve_transformers.text import TextStream

GATHER_S = 0.004
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer. ``completion_tokens`` counts the end-of-sequence token, as vLLM does."""

    reason: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int


Event = str | Finished | RequestError


class Job:
    """One request on its way. ``emit`` is called from the model's thread: pieces of text, then how it ended."""

    def __init__(self, request: ChatRequest, emit: Callable[[Event], None]) -> None:
        self.request = request
        self.emit = emit
        self.cancelled = False


class Model:
    """A loaded checkpoint: processor, weights, limits."""

    def __init__(
        self,
        source: str,
        *,
        revision: str | None,
        dtype: str,
        device: str,
        max_model_len: int | None,
        trust_remote_code: bool,
    ) -> None:
        options = {"revision": revision, "trust_remote_code": trust_remote_code}
        self.processor = AutoProcessor.from_pretrained(source, **options)
        self.tokenizer = getattr(self.processor, "tokenizer", self.processor)
        self.tokenizer.padding_side = "left"
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        network = AutoModelForImageTextToText.from_pretrained(
            source, dtype=dtype, use_safetensors=True, **options
        )
        self.network = network.to(device).eval()
        self.defaults = self.network.generation_config
        positions = getattr(network.config.get_text_config(), "max_position_embeddings", None)
        self.max_len = min(n for n in (positions, max_model_len, 1 << 20) if n)

    def prepare(self, requests: Sequence[ChatRequest]) -> Any:
        """Return the padded batch of these requests: tensors on the model's device."""
        inputs = self.processor.apply_chat_template(
            [request.messages for request in requests],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"padding": True},
        )
        return inputs.to(self.network.device, dtype=self.network.dtype)

    def decode(self, ids: Sequence[int]) -> str:
        return str(
            self.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        )

    @property
    def eos(self) -> frozenset[int]:
        ids = self.defaults.eos_token_id
        ids = self.tokenizer.eos_token_id if ids is None else ids
        return frozenset([ids] if isinstance(ids, int) else ids or [])

    def settings(self, request: ChatRequest, max_new_tokens: int) -> Any:
        """Return the checkpoint's generation settings, overruled by the request's."""
        settings = copy.deepcopy(self.defaults)
        settings.max_length = None
        settings.max_new_tokens = max_new_tokens
        settings.num_beams = 1
        settings.pad_token_id = self.tokenizer.pad_token_id
        settings.do_sample = not request.greedy
        settings.temperature = None if request.greedy else request.temperature
        settings.top_p = None if request.greedy else request.top_p
        settings.top_k = None if request.greedy else 0
        return settings


class _Row:
    """One answer within a batch."""

    def __init__(self, job: Job, model: Model, prompt_tokens: int) -> None:
        self.job = job
        self.prompt_tokens = prompt_tokens
        self.done = False
        self.tokens = 0
        self._text = TextStream(model.decode, job.request.stop)
        self._eos = model.eos
        room = model.max_len - prompt_tokens
        self.max_tokens = min(job.request.max_tokens or model.defaults.max_new_tokens or room, room)

    def push(self, token: int) -> None:
        if self.done or self.job.cancelled:
            self.done = True
            return
        self.tokens += 1
        ended = token in self._eos
        piece = "" if ended else self._text.push(token)
        if piece:
            self.job.emit(piece)
        if ended or self._text.stopped:
            self.finish("stop")
        elif self.tokens >= self.max_tokens:
            self.finish("length")

    def finish(self, reason: Literal["stop", "length"]) -> None:
        """Say how it ended; the first reason counts."""
        if self.done:
            return
        self.done = True
        rest = self._text.finish()
        if rest:
            self.job.emit(rest)
        self.job.emit(Finished(reason, self.prompt_tokens, self.tokens))


class _Rows:
    """What ``generate`` talks to: a streamer (``put``, ``end``) that takes each step's tokens, and a stopping
    criterion (``ended``) that says which rows are done."""

    def __init__(self, rows: list[_Row]) -> None:
        self._rows = rows
        self._prompt_seen = False

    def put(self, value: torch.Tensor) -> None:
        if not self._prompt_seen:
            self._prompt_seen = True
            return
        for row, token in zip(self._rows, value.tolist(), strict=True):
            row.push(token)

    def end(self) -> None:
        pass

    def ended(self, input_ids: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        return torch.tensor([row.done for row in self._rows], device=input_ids.device)


class Batcher:
    """Takes jobs from any thread and answers them in one of its own."""

    def __init__(self, model: Model, *, max_batch_size: int) -> None:
        self._model = model
        self._max_batch_size = max_batch_size
        self._inbox: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._waiting: list[Job] = []
        self._thread = threading.Thread(target=self._work, daemon=True, name="model")
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def submit(self, job: Job) -> None:
        self._inbox.put(job)

    def _work(self) -> None:
        while True:
            self._gather()
            batch = self._next_batch()
            if batch:
                self._answer(batch)

    def _gather(self) -> None:
        """Wait for a job, then a moment longer for others that were sent at the same time."""
        if not self._waiting:
            self._waiting.append(self._inbox.get())
        until = time.monotonic() + GATHER_S
        while len(self._waiting) < self._max_batch_size:
            try:
                self._waiting.append(self._inbox.get(timeout=max(0.0, until - time.monotonic())))
            except queue.Empty:
                return

    def _next_batch(self) -> list[Job]:
        """Take the oldest job and those that can go with it, in order of arrival."""
        self._waiting = [job for job in self._waiting if not job.cancelled]
        if not self._waiting:
            return []
        first = self._waiting[0].request
        if first.greedy:
            # Some processors cannot mix requests with and without pictures.
            alike = [
                job
                for job in self._waiting
                if job.request.greedy and bool(job.request.images) == bool(first.images)
            ][: self._max_batch_size]
        else:
            alike = self._waiting[:1]
        self._waiting = [job for job in self._waiting if job not in alike]
        return alike

    def _answer(self, jobs: list[Job]) -> None:
        """Answer every job, with an error where it must be."""
        try:
            inputs = self._model.prepare([job.request for job in jobs])
            lengths = inputs["attention_mask"].sum(dim=1).tolist()
        except Exception as error:
            self._prepare_failed(jobs, error)
            return
        fitting = []
        for job, length in zip(jobs, lengths, strict=True):
            if length < self._model.max_len:
                fitting.append(job)
            else:
                job.emit(_too_long(length, self._model.max_len))
        if len(fitting) < len(jobs):
            if fitting:
                self._answer(fitting)
            return
        rows = [_Row(job, self._model, n) for job, n in zip(jobs, lengths, strict=True)]
        try:
            self._generate(rows, inputs)
            for row in rows:
                row.finish("length")
        except Exception as error:
            log.exception("generation failed")
            for row in rows:
                if not row.done:
                    row.job.emit(_generation_error(error))

    def _prepare_failed(self, jobs: list[Job], error: Exception) -> None:
        """One bad request must not take its neighbours with it."""
        if len(jobs) == 1:
            log.warning("a request could not be prepared: %s", error)
            jobs[0].emit(
                RequestError(f"The chat template or processor refused the request: {error}")
            )
            return
        for job in jobs:
            self._answer([job])

    def _generate(self, rows: list[_Row], inputs: Any) -> None:
        request = rows[0].job.request
        if not request.greedy:
            torch.manual_seed(torch.seed() % (1 << 63) if request.seed is None else request.seed)
        observer = _Rows(rows)
        with torch.inference_mode():
            self._model.network.generate(
                **inputs,
                generation_config=self._model.settings(
                    request, max(row.max_tokens for row in rows)
                ),
                streamer=observer,
                stopping_criteria=[observer.ended],
            )


def _too_long(length: int, limit: int) -> RequestError:
    return RequestError(
        f"The prompt has {length} tokens with its pictures; this model's context is {limit}.",
        code="context_length_exceeded",
    )


def _generation_error(error: Exception) -> RequestError:
    if isinstance(error, torch.OutOfMemoryError):
        return RequestError("The model ran out of memory.", status=503, code="out_of_memory")
    return RequestError(f"Generation failed: {type(error).__name__}.", status=500, code="internal")
