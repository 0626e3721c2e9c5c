"""Whether a checkpoint fits on the GPUs that it is to be served on, before anything is started. Pure.

Per GPU, with T GPUs in tensor parallel, in bytes:

    weights     = stored bytes / T                                  (converted where the engine converts while loading)
    kv cache    = sum over layers of 2 * max(1, kv_heads / T) * head_dim * tokens kept * bytes of one value
                  (multi-head latent attention: latent * tokens * bytes per layer, on each GPU)
    activations = step tokens * (4 * hidden + 2 * intermediate / T) * 2 + SEQUENCES * vocabulary * 4
                  + pictures * PICTURE_TOKENS * hidden * 2
    overhead    = 1 GiB (CUDA context, libraries, captured graphs, NCCL buffers)

The KV cache is that of one question of the asked context: vLLM, SGLang and TensorRT-LLM refuse to start with less.
Sources: weights per GPU, NVIDIA NIM, "Troubleshooting GPU Memory Out-of-Memory Errors"; KV cache, Kwon et al.,
arXiv 2309.06180, section 3 (2 * layers * heads * head size * bytes per token); the order of allocation and the share
of the GPU's memory that the engine takes (``gpu_memory_utilization``, 0.92), vLLM's ``CacheConfig``. Activations are our
rough upper estimate of one profiling step and never refuse anything by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from evaluator.checkpoint.shape import LanguageShape

GIB = 1024**3
MEMORY_SHARE = 0.92
GPU_COUNTS = (1, 2, 4, 8)
USUAL_CONTEXT = 8192
"""Tokens, where neither the submission nor the configuration names a length."""

OVERHEAD_BYTES = GIB
STEP_TOKENS = 8192
SEQUENCES = 256
PICTURE_TOKENS = 4096
WEIGHTS_SHARE = 0.8
"""How much of the usable memory weights may take when GPUs are counted out: the rest is for the KV cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is to be served, and how. ``weight_bytes`` are those on disk; ``load_ratio`` is loaded over stored bytes.

    ``context`` is the asked number of tokens, None for the model's own. ``kv_bytes`` are the bytes of one cached value.
    """

    weight_bytes: int
    shape: LanguageShape | None
    gpus: int = 1
    context: int | None = None
    kv_bytes: int = 2
    load_ratio: float = 1.0
    pictures: int = 1
    reserves_context: bool = True
    """Whether the engine sets the whole context's KV cache aside when it starts; transformers grows it as needed."""

    @property
    def tokens(self) -> int:
        own = self.shape.max_context if self.shape else 0
        return self.context or own or USUAL_CONTEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What there is: bytes per device, and the share of them that the engine may take."""

    bytes_each: int
    gpus: int
    share: float = MEMORY_SHARE

    @property
    def usable(self) -> int:
        return int(self.bytes_each * self.share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Bytes per GPU. ``certain`` is what cannot be done without; ``total`` adds what we only estimate roughly."""

    weights: int
    kv_cache: int
    activations: int
    overhead: int

    @property
    def certain(self) -> int:
        return self.weights + self.kv_cache

    @property
    def total(self) -> int:
        return self.certain + self.activations + self.overhead

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "total": self.total}


def estimate(demand: Demand) -> Estimate:
    """Return the memory that each GPU needs."""
    shape = demand.shape
    kv = 0
    if shape is not None and demand.reserves_context:
        kv = kv_cache_bytes(shape, demand.tokens, demand.kv_bytes, demand.gpus)
    return Estimate(
        weights=round(demand.weight_bytes * demand.load_ratio / demand.gpus),
        kv_cache=kv,
        activations=_activations(shape, demand) if shape else 0,
        overhead=OVERHEAD_BYTES,
    )


def kv_cache_bytes(shape: LanguageShape, tokens: int, value_bytes: int, gpus: int = 1) -> int:
    """Return the bytes per GPU of the KV cache of one question of so many tokens."""
    in_window = min(tokens, shape.window) if shape.window else tokens
    kept = shape.full_layers * tokens + shape.window_layers * in_window
    if shape.latent:
        return kept * shape.latent * value_bytes
    heads = max(1, -(-shape.kv_heads // gpus))
    return 2 * kept * heads * shape.head_dim * value_bytes


def _activations(shape: LanguageShape, demand: Demand) -> int:
    step = min(STEP_TOKENS, demand.tokens)
    per_token = 4 * shape.hidden + 2 * shape.intermediate // demand.gpus
    pictures = demand.pictures * PICTURE_TOKENS * shape.hidden
    return 2 * step * per_token + 4 * SEQUENCES * shape.vocabulary + 2 * pictures


def cannot_fit(demand: Demand, memory: Memory) -> bool:
    """Return whether it certainly does not fit: weights and one question's KV cache alone exceed what may be used."""
    return estimate(demand).certain > memory.usable


def longest_context(demand: Demand, memory: Memory) -> int:
    """Return the longest context, a multiple of 1024 tokens, whose total estimate fits; 0 where none does."""
    low, high = 0, max(1, demand.tokens // 1024)
    while low < high:
        middle = (low + high + 1) // 2
        if _fits(demand, memory, context=1024 * middle):
            low = middle
        else:
            high = middle - 1
    return 1024 * low


def _fits(demand: Demand, memory: Memory, **changes: Any) -> bool:
    return estimate(replace(demand, **changes)).total <= memory.usable


def gpus_needed(
    weight_bytes: float, gpu_bytes: int, *, most: int = max(GPU_COUNTS), share: float = MEMORY_SHARE
) -> int:
    """Return the smallest usual number of GPUs whose memory takes the weights and leaves room for a KV cache.

    ``most`` (what the engine can split over) where even that many do not.
    """
    for count in GPU_COUNTS:
        if count <= most and weight_bytes / count <= gpu_bytes * share * WEIGHTS_SHARE:
            return count
    return max(count for count in GPU_COUNTS if count <= most)


def weight_bytes_of(parameters_b: float, bits: int | None) -> float:
    """Return the bytes of so many billions of weights; 16 bits each where the precision is not known."""
    return parameters_b * 1e9 * (bits or 16) / 8


def gib(number: float) -> str:
    """Return bytes as GiB with one decimal."""
    return f"{number / GIB:.1f} GiB"


def memory_of(hardware: Mapping[str, Any], share: float = MEMORY_SHARE) -> Memory | None:
    """Return what a worker's ``hardware_facts`` say of its GPUs: the smallest one's memory, and how many there are.

    Without a GPU: the machine's memory as one device, all of it usable. None where neither is known.
    """
    gpus = [gpu.get("memory_mb") for gpu in hardware.get("gpus") or ()]
    if gpus:
        known = [mb for mb in gpus if mb]
        return (
            Memory(bytes_each=min(known) * 1024**2, gpus=len(gpus), share=share) if known else None
        )
    memory_gb = hardware.get("memory_gb")
    return Memory(bytes_each=int(memory_gb * GIB), gpus=0, share=1.0) if memory_gb else None
