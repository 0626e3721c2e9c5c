"""The model that is trained: its shape, its first weights, and what both stages of training compute with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import LlavaConfig, LlavaForConditionalGeneration

from demo.drawing.catalog import COLOR_NAMES
from demo.drawing.labels import GRID, KINDS
from demo.training.tokenizer import BOS, EOS, IMAGE, PAD

WIDTH = 256
PATCHES = GRID * GRID
BACKGROUND_WEIGHT = 0.15
_MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(1, 3, 1, 1)
_DEVIATION = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(1, 3, 1, 1)


def config(vocabulary: int) -> LlavaConfig:
    """Return the configuration of a LLaVA of about 7 M parameters for pictures of 128 px in patches of 16."""
    return LlavaConfig(
        vision_config={
            "model_type": "clip_vision_model",
            "hidden_size": WIDTH,
            "intermediate_size": 768,
            "num_hidden_layers": 5,
            "num_attention_heads": 4,
            "image_size": 128,
            "patch_size": 16,
            "projection_dim": WIDTH,
            "hidden_act": "quick_gelu",
        },
        text_config={
            "model_type": "llama",
            "vocab_size": vocabulary,
            "hidden_size": WIDTH,
            "intermediate_size": 640,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "max_position_embeddings": 4096,
            "tie_word_embeddings": True,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e6},
            "pad_token_id": PAD,
            "bos_token_id": BOS,
            "eos_token_id": EOS,
        },
        image_token_index=IMAGE,
        image_seq_length=PATCHES,
        vision_feature_layer=-1,
        vision_feature_select_strategy="default",
        projector_hidden_act="gelu",
        tie_word_embeddings=True,
    )


class Nothing(nn.Module):
    """What a patch is like that shows no thing, or no colour; and how sharply patches are told apart."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = nn.Parameter(torch.randn(1, WIDTH) * 0.06)
        self.color = nn.Parameter(torch.randn(1, WIDTH) * 0.06)
        self.sharpness = nn.Parameter(torch.tensor(10.0))


class Student:
    """The model with its parts by name. Patches are classified by likeness to the embeddings of the things' names."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.model = LlavaForConditionalGeneration(config(tokenizer.get_vocab_size()))
        self.vision = self.model.model.vision_tower
        self.projector = self.model.model.multi_modal_projector
        self.language = self.model.model.language_model
        self.nothing = Nothing()
        self._kind_tokens = torch.tensor([self._name_token(kind) for kind in KINDS[1:]])
        self._color_tokens = torch.tensor([self._name_token(color) for color in COLOR_NAMES])
        self._kind_weights = torch.ones(len(KINDS))
        self._color_weights = torch.ones(len(COLOR_NAMES) + 1)
        self._kind_weights[0] = self._color_weights[0] = BACKGROUND_WEIGHT
        nn.init.normal_(self.language.embed_tokens.weight, std=WIDTH**-0.5)
        _start_copying(self.language)

    def _name_token(self, name: str) -> int:
        """Return the token that stands for a name: a letter's own, else the first one of the word."""
        text = name if len(name) == 1 else f" {name}"
        tokens: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return tokens[-1] if len(name) == 1 else tokens[0]

    def see(self, pictures: NDArray[np.uint8]) -> Tensor:
        """Return the features (n, PATCHES, WIDTH) of pictures (n, 128, 128, 3)."""
        pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
        normalised = (pixels - _MEAN) / _DEVIATION
        hidden: Tensor = self.vision(normalised, return_dict=True).last_hidden_state
        return hidden[:, 1:]

    def patch_loss(
        self, features: Tensor, kinds: NDArray[np.uint8], colors: NDArray[np.uint8]
    ) -> Tensor:
        """Return the loss of naming each patch's kind and colour. An emoji's patches have no colour: left out."""
        kind, color = torch.from_numpy(kinds).long(), torch.from_numpy(colors).long()
        seen = self.nothing.sharpness * self.projector(features).float()
        names = self.language.embed_tokens.weight.float()
        kind_scores = seen @ torch.cat([self.nothing.kind, names[self._kind_tokens]]).T
        color_scores = seen @ torch.cat([self.nothing.color, names[self._color_tokens]]).T
        known = (color > 0) | (kind == 0)
        kind_loss = F.cross_entropy(kind_scores.flatten(0, 1), kind.flatten(), self._kind_weights)
        color_loss = F.cross_entropy(color_scores[known], color[known], self._color_weights)
        return kind_loss + 0.5 * color_loss


def _start_copying(language: Any) -> None:
    """Start the attention layers close to matching and copying ("mimetic initialization", Trockman & Kolter, 2023)."""
    for layer in language.layers:
        attention = layer.self_attn
        match = torch.linalg.qr(torch.randn(WIDTH, WIDTH))[0]
        copy = torch.linalg.qr(torch.randn(WIDTH, WIDTH))[0]
        attention.q_proj.weight.data = match + 0.01 * torch.randn(WIDTH, WIDTH)
        attention.k_proj.weight.data = match + 0.01 * torch.randn(WIDTH, WIDTH)
        attention.v_proj.weight.data = 0.25 * copy
        attention.o_proj.weight.data = 0.25 * copy.T.contiguous()
        for projection in (layer.mlp.gate_proj, layer.mlp.up_proj, layer.mlp.down_proj):
            nn.init.normal_(projection.weight, std=0.02)
