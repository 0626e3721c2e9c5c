"""Which part of a vision-language model a tensor belongs to, read off its name.

Checkpoints name their modules freely; these are the names that the model families in transformers, vLLM and the
original repositories use (Qwen-VL, LLaVA, InternVL, Idefics/SmolVLM, PaliGemma/Gemma, Pixtral, Phi-V, MiniCPM-V,
DeepSeek-VL, Kimi-VL, GLM-V, Molmo, Ovis, BLIP-2, Llama 3.2/4). Only names above the numbered layers count, so that a
``projector`` inside a layer says nothing.
"""

from __future__ import annotations

from enum import StrEnum


class Component(StrEnum):
    """The three parts whose precision is told apart."""

    VISION = "vision_encoder"
    CONNECTOR = "connector"
    LANGUAGE = "language_model"


_CONNECTOR = frozenset(
    {
        "abstractor",
        "aligner",
        "connector",
        "deepstack_merger_list",
        "embed_vision",
        "glb_GN",
        "image_newline",
        "image_pooling_2d",
        "image_projection",
        "image_projector",
        "img_projection",
        "language_projection",
        "linear_proj",
        "merger",
        "mlp1",
        "mm_projector",
        "multi_modal_projector",
        "patch_merger",
        "perceiver_resampler",
        "projector",
        "qformer",
        "query_tokens",
        "resampler",
        "sub_GN",
        "vision_language_adapter",
        "vision_projector",
        "visual_projection",
    }
)
_VISION = frozenset(
    {
        "image_embed",
        "image_encoder",
        "image_vit",
        "img_processor",
        "sam_model",
        "vision",
        "vision_backbone",
        "vision_embed_tokens",
        "vision_encoder",
        "vision_model",
        "vision_tower",
        "visual",
        "visual_encoder",
        "visual_model",
        "visual_tokenizer",
        "vit",
        "vpm",
    }
)
_EMBEDDINGS = frozenset({"embed_tokens", "lm_head", "wte", "tok_embeddings", "word_embeddings"})


def component_of(name: str) -> Component:
    """Return the part that the tensor called ``name`` belongs to; the language model where nothing else is said."""
    above = _above_layers(name)
    if not above.isdisjoint(_CONNECTOR):
        return Component.CONNECTOR
    return Component.LANGUAGE if above.isdisjoint(_VISION) else Component.VISION


def is_embedding(name: str) -> bool:
    """Return whether it is a table of token vectors, which quantization usually leaves alone."""
    return not _EMBEDDINGS.isdisjoint(name.split("."))


def _above_layers(name: str) -> frozenset[str]:
    segments = name.split(".")
    first = next((i for i, segment in enumerate(segments) if segment.isdecimal()), len(segments))
    return frozenset(segments[:first])
