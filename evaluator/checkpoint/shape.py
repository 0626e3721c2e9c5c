"""The dimensions of a language model that decide how large its KV cache is, read from its configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.checkpoint.quantization import TEXT_PARTS

_LIMIT = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageShape:
    """Whole numbers from the configuration. ``full_layers`` keep every token, ``window_layers`` the last ``window``.

    ``latent`` is the width of multi-head latent attention's one shared vector per token (DeepSeek-V2, arXiv 2405.04434,
    section 2.1), 0 for any other attention. ``max_context`` is what the model was made for.
    """

    full_layers: int
    window_layers: int
    window: int
    heads: int
    kv_heads: int
    head_dim: int
    hidden: int
    intermediate: int
    vocabulary: int
    max_context: int
    latent: int = 0


def language_shape(config: Mapping[str, Any]) -> LanguageShape | None:
    """Return the language model's shape, or None where the configuration does not tell it."""
    text = _text_part(config)
    layers = _first(text, "num_hidden_layers", "n_layer", "n_layers", "num_layers")
    heads = _first(text, "num_attention_heads", "n_head", "n_heads")
    hidden = _first(text, "hidden_size", "n_embd", "d_model")
    if not (layers and heads and hidden):
        return None
    rank = _first(text, "kv_lora_rank")
    windowed, without = _layer_kinds(text, layers)
    return LanguageShape(
        full_layers=max(0, layers - windowed - without),
        window_layers=windowed,
        window=_first(text, "sliding_window") or 0,
        heads=heads,
        kv_heads=_first(text, "num_key_value_heads", "multi_query_group_num") or heads,
        head_dim=_first(text, "head_dim") or max(1, hidden // heads),
        hidden=hidden,
        intermediate=_first(text, "intermediate_size", "n_inner", "ffn_dim") or 4 * hidden,
        vocabulary=_first(text, "vocab_size") or _first(config, "vocab_size") or 0,
        max_context=_first(text, "max_position_embeddings", "n_positions", "max_seq_len") or 0,
        latent=rank + (_first(text, "qk_rope_head_dim") or 0) if rank else 0,
    )


def stored_bytes(config: Mapping[str, Any]) -> int | None:
    """Return the bytes of one weight of the type that the configuration names (``dtype`` or ``torch_dtype``)."""
    text = _text_part(config)
    for part in (config, text):
        for key in ("dtype", "torch_dtype"):
            name = str(part.get(key)).removeprefix("torch.")
            if name in ("bfloat16", "float16", "float32"):
                return 4 if name == "float32" else 2
    return None


def _text_part(config: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in TEXT_PARTS:
        part = config.get(name)
        if isinstance(part, Mapping) and part:
            # Some configurations keep a part of the fields at the top.
            return {**config, **part}
    return config


def _layer_kinds(text: Mapping[str, Any], layers: int) -> tuple[int, int]:
    """Return how many layers attend to a window only, and how many keep no KV cache at all."""
    kinds = text.get("layer_types")
    if not (isinstance(kinds, Sequence) and not isinstance(kinds, str)) or not kinds:
        return 0, 0
    windowed = sum(kind == "sliding_attention" for kind in kinds[:layers])
    without = sum(kind in ("linear_attention", "mamba", "conv") for kind in kinds[:layers])
    return (windowed if _first(text, "sliding_window") else 0), without


def _first(part: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = part.get(name)
        if type(value) is int and 0 < value < _LIMIT:
            return value
    return None
