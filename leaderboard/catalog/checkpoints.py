"""What is known of the checkpoint behind a variant: read by a worker, or declared by the submitter.

``Variant.components`` maps a component (``evaluator.checkpoint.components``) to ``{"scheme", "bits"}`` and, where the
worker read them, ``"read": true``, ``"parameters"`` and ``"also"``; ``"declared"`` is the submitter's word for its scheme.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from evaluator.checkpoint.components import Component
from evaluator.checkpoint.precision import BITS
from leaderboard.catalog.models import Precision, Variant, VlmModel

MAX_WHOLE = 2**63 - 1
COMPONENTS = {
    Component.VISION: _("vision encoder"),
    Component.CONNECTOR: _("connector"),
    Component.LANGUAGE: _("language model"),
}
COMPONENT_KEYS = ("scheme", "bits", "parameters", "also")


def record_facts(variant: Variant, facts: Mapping[str, Any]) -> None:
    """Store what a worker read of the variant's checkpoint, and fill in what the submitter left open.

    What was read replaces what was read before. The model's size and the variant's precision are filled in only where
    they are not known. Call it inside a transaction. Nothing is stored of facts that read nothing.
    """
    if not facts:
        return
    variant = Variant.objects.select_for_update(no_key=True).select_related(None).get(pk=variant.pk)
    texts = {
        "architecture": (facts.get("architecture"), 200),
        "base_model": (facts.get("base_model"), 200),
        "weights_sha256": (facts.get("weights_sha256"), 64),
        "commit": (facts.get("commit"), 40),
    }
    for name, (text, length) in texts.items():
        if isinstance(text, str) and text:
            setattr(variant, name, text[:length])
    variant.parameters = _whole(facts.get("parameters")) or variant.parameters
    variant.size_bytes = _whole(facts.get("size_bytes")) or variant.size_bytes
    variant.components = _components(variant.components, facts.get("precision"))
    variant.save(update_fields=[*texts, "parameters", "size_bytes", "components"])
    _fill_precision(variant)
    if variant.parameters and facts.get("parameters_exact"):
        VlmModel.objects.filter(pk=variant.model_id, parameters_b=None).update(
            parameters_b=round(variant.parameters / 1e9, 4)
        )


def declare_components(variant: Variant, declared: Mapping[str, str]) -> None:
    """Store the submitter's word on the precision of components; what a worker read stays beside it."""
    if not declared:
        return
    components = dict(variant.components)
    for name, scheme in declared.items():
        known = components.get(name, {})
        told = known if known.get("read") else {"scheme": scheme, "bits": BITS.get(scheme)}
        components[name] = {**told, "declared": scheme}
    variant.components = components
    variant.save(update_fields=["components"])


def _components(known: Mapping[str, Any], read: Any) -> dict[str, Any]:
    components = dict(known)
    for component in Component:
        told = read.get(component.value) if isinstance(read, Mapping) else None
        if not isinstance(told, Mapping):
            continue
        declared = components.get(component.value, {}).get("declared")
        components[component.value] = {
            **{key: told.get(key) for key in COMPONENT_KEYS},
            "read": True,
            **({"declared": declared} if declared else {}),
        }
    return components


def _fill_precision(variant: Variant) -> None:
    """Name the precision of a variant whose submitter did not, unless there is such a variant already."""
    found = variant.components.get(Component.LANGUAGE.value, {}).get("scheme")
    if variant.precision != Precision.UNKNOWN or found not in Precision.values:
        return
    try:
        with transaction.atomic():
            Variant.objects.filter(pk=variant.pk).update(precision=found)
    except IntegrityError:
        # The same checkpoint was submitted with its precision before: the two variants stay two.
        return


def _whole(value: Any) -> int | None:
    return value if type(value) is int and 0 < value <= MAX_WHOLE else None


def component_title(name: str) -> str:
    """Return what a component is called in the current language."""
    return str(COMPONENTS[Component(name)]) if name in set(Component) else name
