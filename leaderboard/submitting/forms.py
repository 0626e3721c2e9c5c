"""The form of a submission. It only reads types; what the values may be is for ``runs.validation``, as in the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from evaluator.checkpoint.components import Component
from evaluator.engines import all_engines, serving_engines
from leaderboard.accounts.models import Organization, User
from leaderboard.catalog.checkpoints import component_title
from leaderboard.catalog.models import Benchmark, Precision
from leaderboard.runs.submission import SubmissionRequest
from leaderboard.runs.visibility import Visibility

Error = Mapping[str, str]

COMPONENT = "component_"
"""Before a component's name in its field's."""
NOT_TOLD = ("", _("not told"))
UNKNOWN_TRUTH = (("", _("not told")), ("true", _("yes")), ("false", _("no")))
TRUTH = {"true": True, "false": False}


def _text(label: Any, help_text: Any = "", *, mono: bool = False, **attrs: Any) -> forms.CharField:
    style = "input input--mono" if mono else "input"
    widget = forms.TextInput({"class": style, "autocomplete": "off", **attrs})
    return forms.CharField(
        label=label, help_text=help_text, required=False, widget=widget, strip=False
    )


def _whole(label: Any, help_text: Any = "", **attrs: Any) -> forms.IntegerField:
    widget = forms.NumberInput({"class": "input", "step": 1, **attrs})
    return forms.IntegerField(label=label, help_text=help_text, required=False, widget=widget)


def _choice(label: Any, choices: Iterable[tuple[str, Any]], help_text: Any = "") -> forms.Field:
    widget = forms.Select({"class": "select"}, choices=list(choices))
    return forms.CharField(label=label, help_text=help_text, required=False, widget=widget)


def _truth(label: Any, help_text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=help_text, required=False)


class SubmissionForm(forms.Form):
    """What a person fills in. ``model`` is an endpoint's name of the model, ``served_name`` a checkpoint's."""

    kind = forms.CharField(required=False, initial="endpoint")
    base_url = _text(
        _("Base URL"),
        _("OpenAI-compatible, what stands before /chat/completions; it often ends in /v1."),
        mono=True,
        inputmode="url",
        placeholder="https://models.example.org/v1",
    )
    model = _text(_("Served model name"), _("As requests name it."), mono=True)
    api_key = forms.CharField(
        label=_("API key"),
        help_text=_("Sealed for the workers at once; the site cannot read it back."),
        required=False,
        strip=False,
        widget=forms.PasswordInput({"class": "input", "autocomplete": "new-password"}),
    )
    source = _text(
        _("Checkpoint"),
        _(
            "A hub id, or a folder below one of the workers' checkpoint roots. Weights must be safetensors."
        ),
        mono=True,
        placeholder="organisation/name",
    )
    revision = _text(_("Revision"), _("A commit. It is pinned before anything runs."), mono=True)
    engine = _choice(_("Engine"), [])
    served_name = _text(
        _("Served model name"), _("Empty: the last part of the checkpoint."), mono=True
    )
    precision = _choice(_("Precision"), Precision.choices)
    tensor_parallel_size = _whole(_("GPUs"), _("Empty: estimated from size and precision."), min=1)
    max_model_len = _whole(_("Longest context, tokens"), min=256)
    kv_cache_dtype = _text(_("Type of the KV cache"), mono=True, placeholder="auto")
    images_per_prompt = _whole(_("Pictures in a prompt"), min=1)
    engine_args = forms.CharField(
        label=_("Further flags of the engine"),
        help_text=_("One in a line: name=value, as the engine's declaration allows."),
        required=False,
        widget=forms.Textarea({"class": "input input--mono", "rows": 3, "spellcheck": "false"}),
    )
    benchmarks = forms.MultipleChoiceField(label=_("Benchmarks"), required=False)
    blind = _choice(
        _("Without pictures, too"),
        [("", _("no")), ("none", _("text only")), ("grey", _("a grey picture for each"))],
        _("Every benchmark that has pictures is run once more without them; never ranked."),
    )
    frugal = _truth(
        _("Save passes"),
        _("Passes that cannot change a question's circular score are not asked."),
    )
    probe = _choice(
        _("Measure under load"),
        [("", _("as usual")), ("true", _("yes")), ("false", _("no"))],
        _("As usual: a checkpoint is measured; an endpoint is not, since others may be using it."),
    )
    limit = _whole(_("Only the first rows"), _("To try things out; cannot be published."), min=1)
    concurrency = _whole(_("Questions at a time"), min=1)
    model_name = _text(_("Name of the model"), placeholder="Tiny VLM")
    organization = _text(_("Organisation"), _("Who made it."))
    homepage = _text(_("Homepage"), inputmode="url")
    parameters_b = forms.FloatField(
        label=_("Parameters, billions"),
        required=False,
        widget=forms.NumberInput({"class": "input", "step": "any", "min": 0}),
    )
    open_weights = _choice(_("Open weights"), UNKNOWN_TRUTH)
    visibility = _choice(_("Who sees it"), Visibility.choices)
    owner = _choice(_("On behalf of"), [])
    note = forms.CharField(
        label=_("Note"),
        help_text=_("For reviewers."),
        required=False,
        widget=forms.Textarea({"class": "input", "rows": 2}),
    )

    def __init__(
        self, *args: Any, user: User, benchmarks: Iterable[Benchmark], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for component in Component:
            self.fields[f"{COMPONENT}{component.value}"] = _choice(
                component_title(component.value).capitalize(), [NOT_TOLD, *Precision.choices]
            )
        self._offer("engine", [(n, all_engines()[n].title) for n in serving_engines()])
        owners = [(o.slug, o.name) for o in Organization.objects.of(user).order_by("name")]
        self._offer("owner", [("", _("myself")), *owners])
        self.has_owners = bool(owners)
        self.roots = settings.CHECKPOINT_ROOTS
        offered = self.fields["benchmarks"]
        if isinstance(offered, forms.MultipleChoiceField):
            offered.choices = [(b.slug, b.title) for b in benchmarks]
            # Which of them exist is for the validation that the API has too.
            offered.valid_value = lambda value: True  # type: ignore[method-assign] # noqa: ARG005

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        widget = self.fields[name].widget
        if isinstance(widget, forms.Select):
            widget.choices = choices

    @property
    def components(self) -> list[forms.BoundField]:
        """The fields of the components."""
        return [self[f"{COMPONENT}{component.value}"] for component in Component]

    def request(self) -> SubmissionRequest:
        """Return the wish, with the fields of the chosen kind only. Call it after ``is_valid``.

        A field that could not be read is empty in it; the form says so itself.
        """
        data = self.cleaned_data
        kind: Literal["endpoint", "checkpoint"] = (
            "checkpoint" if data.get("kind") == "checkpoint" else "endpoint"
        )
        fields = self._endpoint(data) if kind == "endpoint" else self._checkpoint(data)
        return SubmissionRequest(
            kind=kind,
            model_name=data.get("model_name", ""),
            organization=data.get("organization", ""),
            homepage=data.get("homepage", ""),
            parameters_b=data.get("parameters_b"),
            open_weights=TRUTH.get(data.get("open_weights", "")),
            precision=data.get("precision") or "unknown",
            components=self._components(data),
            benchmarks=data.get("benchmarks", []),
            blind=data.get("blind", ""),
            frugal=data.get("frugal", False),
            probe=TRUTH.get(data.get("probe", "")),
            limit=data.get("limit"),
            concurrency=8 if data.get("concurrency") is None else data["concurrency"],
            note=data.get("note", ""),
            owner=data.get("owner", ""),
            visibility=data.get("visibility") or "public",
            **fields,
        )

    @staticmethod
    def _endpoint(data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "base_url": data.get("base_url", ""),
            "served_name": data.get("model", ""),
            "api_key": data.get("api_key") or None,
        }

    @staticmethod
    def _checkpoint(data: Mapping[str, Any]) -> dict[str, Any]:
        names = ("source", "revision", "engine", "served_name")
        return {
            **{name: data.get(name, "") for name in names},
            "tensor_parallel_size": data.get("tensor_parallel_size"),
            "max_model_len": data.get("max_model_len"),
            "kv_cache_dtype": data.get("kv_cache_dtype") or "auto",
            "images_per_prompt": data.get("images_per_prompt"),
            "engine_args": engine_args(data.get("engine_args", "")),
        }

    @staticmethod
    def _components(data: Mapping[str, Any]) -> dict[str, str]:
        given = {c.value: data.get(f"{COMPONENT}{c.value}", "") for c in Component}
        return {name: scheme for name, scheme in given.items() if scheme}

    def show(self, errors: Iterable[Error]) -> None:
        """Put the errors of a wish to the fields that they are about."""
        for error in errors:
            name = self._field_of(error["field"])
            text = error["message"]
            told, _dot, part = error["field"].partition(".")
            if told == "engine_args" and part:
                text = f"{part}: {text}"
            self.add_error(name, text)

    def _field_of(self, field: str) -> str | None:
        if field == "served_name" and self.cleaned_data.get("kind") != "checkpoint":
            return "model"
        told, _dot, part = field.partition(".")
        if told == "components":
            name = f"{COMPONENT}{part}"
            return name if name in self.fields else "precision"
        return told if told in self.fields else None


def engine_args(text: str) -> dict[str, str]:
    """Return ``name=value`` lines as a mapping; dashes before a name are dropped. A line without ``=`` has no value."""
    lines = (line.strip().partition("=") for line in text.splitlines() if line.strip())
    return {name.strip().lstrip("-"): value.strip() for name, _equals, value in lines}
