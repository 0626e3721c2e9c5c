"""How each tensor of a checkpoint is stored, and how many weights it stands for.

Quantized layouts are told by what lies beside a weight, so that they are found whatever the configuration says:

- AutoAWQ, GPTQModel: ``qweight`` (int32), ``qzeros``, ``scales``. AWQ packs along the output, GPTQ along the input, so
  their shapes tell both the method and the bits.
- compressed-tensors: ``weight_packed`` (int32), ``weight_scale``, ``weight_shape``; FP4 in uint8.
- bitsandbytes: ``weight.quant_state.bitsandbytes__nf4`` or ``weight.quant_map`` for 4 bits; ``weight.SCB`` or ``SCB`` for 8.
- Model Optimizer: ``weight`` in uint8 with ``weight_scale``, and ``weight_scale_2`` for NVFP4.
- MXFP4: ``..._blocks`` (uint8) with ``..._scales``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaluator.checkpoint.headers import DTYPE_BITS, Tensor
from evaluator.checkpoint.precision import BITS, Precision
from evaluator.checkpoint.quantization import Quantization

_PLAIN = {"F64": "fp32", "F32": "fp32", "F16": "fp16", "BF16": "bf16"}
_FP8 = frozenset({"F8_E4M3", "F8_E5M2"})
_INTEGERS = frozenset({"I64", "I32", "I16", "U64", "U32", "U16", "BOOL"})
_FOUR_BIT_STATES = {
    "quant_state.bitsandbytes__nf4": "bnb_nf4",
    "quant_state.bitsandbytes__fp4": "bnb_fp4",
    "quant_map": "bnb_nf4",
}
_AUXILIARY = frozenset(
    {
        "SCB",
        "absmax",
        "bitsandbytes__fp4",
        "bitsandbytes__nf4",
        "g_idx",
        "input_global_scale",
        "input_scale",
        "input_zero_point",
        "inv_freq",
        "k_scale",
        "kv_scale",
        "nested_absmax",
        "nested_quant_map",
        "output_scale",
        "pre_quant_scale",
        "q_scale",
        "quant_map",
        "qzeros",
        "scales",
        "v_scale",
        "weight_format",
        "weight_g_idx",
        "weight_global_scale",
        "weight_scale",
        "weight_scale_2",
        "weight_scale_inv",
        "weight_shape",
        "weight_zero_point",
    }
)
"""Last parts of the names of what belongs to a quantized weight and is none itself."""


@dataclass(frozen=True, slots=True)
class StoredWeight:
    """One weight. ``parameters`` counts logical weights: eight of a packed int32 at 4 bits.

    ``exact`` is False where the number per stored element is not known; stored elements are counted then.
    """

    name: str
    precision: Precision
    parameters: int
    is_matrix: bool
    exact: bool = True


def stored_weights(
    tensors: Iterable[Tensor], quantization: Quantization | None
) -> list[StoredWeight]:
    """Return every weight among the tensors; scales, zero points and index buffers are none."""
    by_name = {tensor.name: tensor for tensor in tensors}
    return [
        _weight(tensor, by_name, quantization)
        for tensor in by_name.values()
        if not _is_auxiliary(tensor, by_name)
    ]


def _is_auxiliary(tensor: Tensor, by_name: Mapping[str, Tensor]) -> bool:
    last = tensor.name.rpartition(".")[2]
    if last in _AUXILIARY or tensor.dtype == "F8_E8M0":
        return True
    if last.endswith("_scales") and f"{tensor.name.removesuffix('_scales')}_blocks" in by_name:
        return True
    return tensor.dtype in _INTEGERS and last not in ("qweight", "weight_packed")


def _weight(
    tensor: Tensor, by_name: Mapping[str, Tensor], quantization: Quantization | None
) -> StoredWeight:
    precision, per_element = _read(tensor, by_name, quantization)
    packed = precision.scheme not in _PLAIN.values()
    return StoredWeight(
        name=tensor.name,
        precision=precision,
        parameters=round(tensor.elements * (per_element or 1)),
        is_matrix=packed or len(tensor.shape) > 1,
        exact=per_element is not None,
    )


def _read(
    tensor: Tensor, by_name: Mapping[str, Tensor], quantization: Quantization | None
) -> tuple[Precision, float | None]:
    """Return the precision and the number of weights in one stored element, None where that is not known."""
    stem, _, last = tensor.name.rpartition(".")
    if last == "qweight":
        precision = _packed_layout(tensor, stem, by_name, quantization)
        return precision, _per_element(tensor, precision)
    if last == "weight_packed":
        precision = _compressed(tensor, stem, by_name, quantization)
        return precision, _per_element(tensor, precision)
    for suffix, scheme in _FOUR_BIT_STATES.items():
        if f"{tensor.name}.{suffix}" in by_name:
            precision = Precision.named(scheme)
            return precision, _per_element(tensor, precision)
    if tensor.dtype in _FP8:
        return Precision.named("fp8"), 1
    if tensor.dtype == "I8":
        bnb = f"{tensor.name}.SCB" in by_name or f"{stem}.SCB" in by_name
        return Precision.named("bnb_int8" if bnb else "int8"), 1
    if tensor.dtype == "U8":
        precision = _bytes(tensor, stem, by_name)
        return precision, _per_element(tensor, precision)
    if tensor.dtype == "F4":
        return Precision.named("nvfp4"), 1
    plain = _PLAIN.get(tensor.dtype)
    return (Precision.named(plain), 1) if plain else (Precision.named("unknown"), None)


def _packed_layout(
    tensor: Tensor, stem: str, by_name: Mapping[str, Tensor], quantization: Quantization | None
) -> Precision:
    """Tell AWQ (in, out * bits / 32) from GPTQ (in * bits / 32, out) by the scales, which are (groups, out)."""
    scales = by_name.get(f"{stem}.scales")
    if scales is not None and len(tensor.shape) == len(scales.shape) == 2:
        columns, outputs = tensor.shape[1], scales.shape[1]
        if columns != outputs:
            return Precision.quantized("awq", _ratio(32 * columns, outputs))
        return _of_method(quantization, "gptq", _gptq_bits(tensor, stem, by_name, quantization))
    named = quantization.precision if quantization else None
    return named or Precision.named("unknown")


def _gptq_bits(
    tensor: Tensor, stem: str, by_name: Mapping[str, Tensor], quantization: Quantization | None
) -> int | None:
    order = by_name.get(f"{stem}.g_idx")
    if order is not None and order.elements:
        return _ratio(32 * tensor.shape[0], order.elements)
    return quantization.precision.bits if quantization else None


def _of_method(quantization: Quantization | None, usual: str, bits: int | None) -> Precision:
    """AutoRound stores in the layouts of others: its own word for what it made goes before the layout."""
    other = quantization is not None and quantization.precision.scheme.startswith("int")
    return Precision.quantized("int" if other else usual, bits)


def _compressed(
    tensor: Tensor, stem: str, by_name: Mapping[str, Tensor], quantization: Quantization | None
) -> Precision:
    """``weight_packed`` is (out, in * bits / 32); its scales are (out, in / group)."""
    if tensor.dtype == "U8":
        return _bytes(tensor, stem, by_name)
    scale = by_name.get(f"{stem}.weight_scale")
    if quantization is None:
        return Precision.named("unknown")
    group = quantization.group_size
    if scale is not None and group and len(scale.shape) == 2 and scale.shape[1] > 1:
        return Precision.quantized("int", _ratio(32 * tensor.shape[-1], scale.shape[1] * group))
    return quantization.precision


def _bytes(tensor: Tensor, stem: str, by_name: Mapping[str, Tensor]) -> Precision:
    """Tell what two weights to a byte are."""
    if tensor.name.endswith("_blocks"):
        return Precision.named("mxfp4")
    if f"{stem}.weight_scale_2" in by_name or f"{stem}.weight_global_scale" in by_name:
        return Precision.named("nvfp4")
    scale = by_name.get(f"{stem}.weight_scale")
    if scale is None:
        return Precision.named("unknown")
    return Precision.named("mxfp4" if scale.dtype in ("U8", "F8_E8M0") else "awq_int4")


def _per_element(tensor: Tensor, precision: Precision) -> float | None:
    bits = BITS.get(precision.scheme) or precision.bits
    stored = DTYPE_BITS.get(tensor.dtype)
    return stored / bits if bits and stored else None


def _ratio(bits: int, elements: int) -> int | None:
    """Return whole bits; None for what no packing gives."""
    found = bits / elements if elements else 0
    return int(found) if found in (1, 2, 3, 4, 8) else None
