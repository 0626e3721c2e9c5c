"""The tensors that quantizers really write for one linear layer, and the configurations that go with them.

The configurations are those of published checkpoints (named beside each), shortened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluator.checkpoint.headers import DTYPE_BITS, Tensor, WeightFile

IN, OUT, GROUP = 1024, 2048, 128

Layer = Mapping[str, tuple[str, tuple[int, ...]]]

PLAIN: Layer = {"weight": ("BF16", (OUT, IN)), "bias": ("BF16", (OUT,))}
AWQ: Layer = {
    "qweight": ("I32", (IN, OUT // 8)),
    "qzeros": ("I32", (IN // GROUP, OUT // 8)),
    "scales": ("F16", (IN // GROUP, OUT)),
}


def gptq(bits: int) -> Layer:
    return {
        "qweight": ("I32", (IN * bits // 32, OUT)),
        "qzeros": ("I32", (IN // GROUP, OUT * bits // 32)),
        "scales": ("F16", (IN // GROUP, OUT)),
        "g_idx": ("I32", (IN,)),
    }


PACKED: Layer = {
    "weight_packed": ("I32", (OUT, IN // 8)),
    "weight_scale": ("BF16", (OUT, IN // GROUP)),
    "weight_shape": ("I64", (2,)),
}
FP8: Layer = {"weight": ("F8_E4M3", (OUT, IN)), "weight_scale": ("BF16", (OUT, 1))}
FP8_BLOCKS: Layer = {
    "weight": ("F8_E4M3", (OUT, IN)),
    "weight_scale_inv": ("F32", (OUT // 128, IN // 128)),
}
INT8: Layer = {"weight": ("I8", (OUT, IN)), "weight_scale": ("BF16", (OUT, 1))}
BNB_NF4: Layer = {
    "weight": ("U8", (OUT * IN // 2, 1)),
    "weight.absmax": ("U8", (OUT * IN // 64,)),
    "weight.quant_map": ("F32", (16,)),
    "weight.nested_absmax": ("F32", (128,)),
    "weight.nested_quant_map": ("F32", (256,)),
    "weight.quant_state.bitsandbytes__nf4": ("U8", (124,)),
}
BNB_INT8: Layer = {
    "weight": ("I8", (OUT, IN)),
    "SCB": ("F32", (OUT,)),
    "weight_format": ("U8", ()),
}
NVFP4: Layer = {
    "weight": ("U8", (OUT, IN // 2)),
    "weight_scale": ("F8_E4M3", (OUT, IN // 16)),
    "weight_scale_2": ("F32", ()),
    "input_scale": ("F32", ()),
}
MXFP4: Layer = {
    "proj_blocks": ("U8", (OUT, IN // 32, 16)),
    "proj_scales": ("U8", (OUT, IN // 32)),
}

# Qwen/Qwen2.5-VL-7B-Instruct-AWQ
AWQ_CONFIG = {
    "bits": 4,
    "group_size": 128,
    "modules_to_not_convert": ["visual"],
    "quant_method": "awq",
    "version": "gemm",
    "zero_point": True,
}
# ModelCloud/TinyLlama-1.1B-Chat-v1.0-GPTQ-4bits-dynamic-cfg
GPTQ_CONFIG = {
    "bits": 4,
    "dynamic": {"-:model\\.visual\\..*": {}, ".*\\.1\\..*": {"bits": 8, "group_size": 32}},
    "group_size": 128,
    "desc_act": True,
    "sym": True,
    "lm_head": False,
    "quant_method": "gptq",
    "checkpoint_format": "gptq",
}
# nm-testing/Qwen2.5-VL-7B-Instruct-quantized.w4a16
PACKED_CONFIG = {
    "config_groups": {
        "group_0": {
            "input_activations": None,
            "targets": ["Linear"],
            "weights": {"num_bits": 4, "type": "int", "group_size": 128, "strategy": "group"},
        }
    },
    "format": "pack-quantized",
    "ignore": ["lm_head", "re:visual.*"],
    "quant_method": "compressed-tensors",
}
# leon-se/Qwen2.5-VL-7B-Instruct-FP8-Dynamic
FP8_CONFIG = {
    "config_groups": {
        "group_0": {
            "input_activations": {"dynamic": True, "num_bits": 8, "type": "float"},
            "targets": ["Linear"],
            "weights": {"num_bits": 8, "type": "float", "group_size": None, "strategy": "channel"},
        }
    },
    "format": "float-quantized",
    "ignore": ["visual.blocks.0.attn.qkv", "visual.blocks.0.attn.proj"],
    "quant_method": "compressed-tensors",
}
# neuralmagic/Qwen2.5-VL-7B-Instruct-quantized.w8a8
INT8_CONFIG = {
    "config_groups": {"group_0": {"weights": {"num_bits": 8, "type": "int", "group_size": None}}},
    "format": "int-quantized",
    "ignore": ["lm_head"],
    "quant_method": "compressed-tensors",
}
# AngelSlim/Qwen2.5-VL-32B-Instruct-FP8-Dynamic
FP8_IGNORED_CONFIG = {
    "activation_scheme": "dynamic",
    "ignored_layers": ["model.visual.patch_embed.proj", "model.visual.merger.mlp.0", "lm_head"],
    "quant_method": "fp8",
}
BNB_NF4_CONFIG = {
    "_load_in_4bit": True,
    "bnb_4bit_quant_type": "nf4",
    "bnb_4bit_use_double_quant": True,
    "llm_int8_skip_modules": ["visual", "lm_head"],
    "load_in_4bit": True,
    "load_in_8bit": False,
    "quant_method": "bitsandbytes",
}
BNB_INT8_CONFIG = {"load_in_4bit": False, "load_in_8bit": True, "quant_method": "bitsandbytes"}
MXFP4_CONFIG = {"modules_to_not_convert": ["lm_head"], "quant_method": "mxfp4"}
# OPEA/Qwen2-VL-7B-Instruct-int4-sym-inc
AUTO_ROUND_CONFIG = {"bits": 4, "group_size": 128, "quant_method": "intel/auto-round", "sym": True}
# pcuenq/nvidia-nano-clone: hf_quant_config.json
HF_QUANT_FP8 = {
    "producer": {"name": "modelopt", "version": "0.37.0"},
    "quantization": {
        "quant_algo": "FP8",
        "kv_cache_quant_algo": None,
        "exclude_modules": ["model.layers.mlp1*", "model.layers.vision_model*", "lm_head"],
    },
}
# nvidia/DeepSeek-R1-0528-NVFP4: hf_quant_config.json
HF_QUANT_NVFP4 = {
    "producer": {"name": "modelopt", "version": "0.31.0"},
    "quantization": {
        "quant_algo": "NVFP4",
        "kv_cache_quant_algo": "FP8",
        "group_size": 16,
        "exclude_modules": ["lm_head", "model.layers.0.self_attn*"],
    },
}


def layer(prefix: str, stored: Layer) -> list[Tensor]:
    """Return the tensors of one layer below ``prefix``."""
    return [Tensor(f"{prefix}.{name}", dtype, shape) for name, (dtype, shape) in stored.items()]


def weight_file(tensors: list[Tensor]) -> WeightFile:
    """Return a file with these tensors, as long as they are."""
    size = sum(tensor.elements * DTYPE_BITS[tensor.dtype] // 8 for tensor in tensors)
    return WeightFile("model.safetensors", 8 + 2 + size, b"{}", tuple(tensors))


def vision_language(language: Layer, vision: Layer = PLAIN) -> list[Tensor]:
    """Return a model in the names of Qwen2.5-VL, its language model's layers stored in one way."""
    return [
        *layer("visual.blocks.0.attn.qkv", vision),
        *layer("visual.merger.mlp.0", PLAIN),
        Tensor("model.embed_tokens.weight", "BF16", (50_000, IN)),
        Tensor("model.norm.weight", "BF16", (IN,)),
        *(t for i in range(3) for t in layer(f"model.layers.{i}.mlp.up_proj", language)),
        Tensor("lm_head.weight", "BF16", (50_000, IN)),
    ]


def config(quantization: Mapping[str, Any] | None) -> dict[str, Any]:
    plain = {"architectures": ["Qwen2_5_VLForConditionalGeneration"], "model_type": "qwen2_5_vl"}
    return plain | ({"quantization_config": dict(quantization)} if quantization else {})
