"""Write the trained model as an ordinary checkpoint folder, under the weight names that serving engines know.

transformers renamed the modules of LLaVA in version 5; vLLM and others load only the classic names.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import (
    CLIPImageProcessor,
    GenerationConfig,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

from demo.training.student import PATCHES, Student
from demo.training.tokenizer import BOS, EOS, PAD, SPECIAL
from demo.variants import CHECKPOINT, WEIGHTS

_CLASSIC = {
    "model.vision_tower.": "vision_tower.vision_model.",
    "model.language_model.": "language_model.model.",
    "model.multi_modal_projector.": "multi_modal_projector.",
}


def classic_name(name: str) -> str | None:
    """Return a parameter's classic name; None for the output layer, which is tied to the embedding and not stored."""
    if name == "lm_head.weight":
        return None
    for new, classic in _CLASSIC.items():
        if name.startswith(new):
            return classic + name.removeprefix(new)
    raise KeyError(name)


def export(student: Student, out: Path, dtype: torch.dtype = torch.bfloat16) -> None:
    """Write config, weights, tokenizer, image processor and chat template to ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    weights = {
        classic: tensor.to(dtype).contiguous()
        for name, tensor in student.model.state_dict().items()
        if (classic := classic_name(name))
    }
    save_file(weights, out / WEIGHTS, metadata={"format": "pt"})
    config = student.model.config
    config.dtype, config.architectures = dtype, ["LlavaForConditionalGeneration"]
    config.save_pretrained(out)
    GenerationConfig(
        bos_token_id=BOS, eos_token_id=EOS, pad_token_id=PAD, do_sample=False, max_new_tokens=32
    ).save_pretrained(out)
    _processor(student).save_pretrained(out)


def _processor(student: Student) -> LlavaProcessor:
    pad, begin, end, image = SPECIAL
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=student.tokenizer,
        bos_token=begin,
        eos_token=end,
        pad_token=pad,
        additional_special_tokens=[image],
        padding_side="left",
        model_max_length=4096,
        clean_up_tokenization_spaces=False,
    )
    pictures = CLIPImageProcessor(
        do_resize=True,
        size={"height": 128, "width": 128},
        do_center_crop=False,
        do_convert_rgb=True,
        resample=2,
    )
    return LlavaProcessor(
        image_processor=pictures,
        tokenizer=tokenizer,
        patch_size=128 // int(PATCHES**0.5),
        vision_feature_select_strategy="default",
        image_token=image,
        num_additional_image_tokens=1,
        chat_template=(CHECKPOINT / "chat_template.jinja").read_text(encoding="utf-8"),
    )
