"""The forms of the admin: declaring a benchmark as data, and allowing a checkpoint's own code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluator.benchmarks.declaration import FieldWrong
from evaluator.errors import EvaluationError
from leaderboard.catalog.models import Benchmark, RemoteCode
from leaderboard.catalog.sync import check_declaration
from leaderboard.catalog.trust import is_pinned

if TYPE_CHECKING:
    BenchmarkForm = forms.ModelForm[Benchmark]
    RemoteCodeModelForm = forms.ModelForm[RemoteCode]
else:
    BenchmarkForm = forms.ModelForm
    RemoteCodeModelForm = forms.ModelForm

FIELDSETS = (
    (None, {"fields": ("slug", ("title_en", "title_zh"), ("summary_en", "summary_zh"), "active")}),
    (_("lmms-eval's task"), {"fields": ("task", "task_folder", "version")}),
    (_("Data set"), {"fields": ("data_path", "data_name", "data_split", "data_rows")}),
    (_("Score"), {"fields": ("metric", "value_path", "scale", "higher_is_better")}),
    (
        _("Columns of the data set"),
        {"fields": ("dimension_fields", "key_field", "question_field", "answer_field")},
    ),
)
"""In the admin's form."""

_PAIRS = ("title", "summary")
_DATA = ("path", "name", "split", "rows")
_PLAIN = (
    *("slug", "version", "task", "task_folder", "metric", "value_path", "scale"),
    *("key_field", "question_field", "answer_field"),
)


class DeclarationForm(BenchmarkForm):
    """A declaration, field by field. What ``evaluator.benchmarks.declaration`` refuses stands at the field it names."""

    slug = forms.CharField(label=_("slug"), max_length=80)
    title_en = forms.CharField(label=_("title (English)"), max_length=120)
    title_zh = forms.CharField(label=_("title (Chinese)"), max_length=120)
    summary_en = forms.CharField(
        label=_("summary (English)"), widget=forms.Textarea, required=False
    )
    summary_zh = forms.CharField(
        label=_("summary (Chinese)"), widget=forms.Textarea, required=False
    )
    version = forms.CharField(
        label=_("version"), max_length=40, required=False, help_text=_("Of the data set's release.")
    )
    task = forms.CharField(label=_("task"), help_text=_("lmms-eval's name of the task."))
    task_folder = forms.CharField(
        label=_("task folder"),
        required=False,
        help_text=_("Below lmms_eval/tasks. Empty: found by the task's name."),
    )
    data_path = forms.CharField(label=_("path"), help_text=_("Hub id, such as lmms-lab/POPE."))
    data_name = forms.CharField(label=_("configuration"), required=False)
    data_split = forms.CharField(label=_("split"))
    data_rows = forms.IntegerField(label=_("rows"), min_value=1)
    metric = forms.CharField(
        label=_("metric"), help_text=_("As the task's process_results names it.")
    )
    value_path = forms.CharField(
        label=_("way to the value"),
        required=False,
        help_text=_("Where the metric is an object for each sample: such as score, or a.b."),
    )
    scale = forms.FloatField(
        label=_("scale"), initial=1, help_text=_("The value that means 100 %.")
    )
    higher_is_better = forms.BooleanField(label=_("higher is better"), initial=True, required=False)
    dimension_fields = forms.CharField(
        label=_("dimensions"),
        widget=forms.Textarea,
        required=False,
        help_text=_(
            "Columns by whose values the score is split, one on a line. With a colon and values after it, only these: "
            "category: random, popular."
        ),
    )
    key_field = forms.CharField(
        label=_("key"),
        required=False,
        help_text=_("The column that identifies a row. Empty: the row's position."),
    )
    question_field = forms.CharField(label=_("question"), required=False)
    answer_field = forms.CharField(label=_("answer"), required=False)

    class Meta:
        model = Benchmark
        fields = ("slug", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.declaration:
            self.initial.update(_as_initial(self.instance.declaration))

    def clean(self) -> dict[str, Any]:
        """Put the declaration together as ``document`` and have it checked."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        self.document = _as_document(cleaned)
        if self.instance.pk and self.document["slug"] != self.instance.slug:
            self.add_error("slug", _("A slug is part of addresses and stays."))
            return cleaned
        try:
            check_declaration(self.document)
        except FieldWrong as wrong:
            self.add_error(self._field_of(wrong.field), wrong.reason)
        except EvaluationError as error:
            self.add_error(None, error.detail)
        return cleaned

    def _field_of(self, name: str) -> str | None:
        """Return the form's field for a name in the declaration, such as ``title.en``; None when there is none."""
        flat = name.replace(".", "_")
        fits = (field for field in self.fields if flat == field or flat.startswith(f"{field}_"))
        return max(fits, key=len, default=None)


def _as_document(cleaned: dict[str, Any]) -> dict[str, Any]:
    """Return the declaration that the form's values make, without what was left empty."""
    document = {name: cleaned[name] for name in _PLAIN if cleaned[name] not in ("", None)}
    for name in _PAIRS:
        pair = {language: cleaned[f"{name}_{language}"] for language in ("en", "zh")}
        if any(pair.values()):
            document[name] = pair
    data = {name: cleaned[f"data_{name}"] for name in _DATA}
    document["data"] = {name: value for name, value in data.items() if value}
    document["higher_is_better"] = cleaned["higher_is_better"]
    if lines := [line for line in cleaned["dimension_fields"].splitlines() if line.strip()]:
        document["dimension_fields"] = dict(map(_axis, lines))
    return document


def _axis(line: str) -> tuple[str, list[str]]:
    """Read ``column`` or ``column: value, value``."""
    column, _colon, values = line.partition(":")
    return column.strip(), [value.strip() for value in values.split(",") if value.strip()]


def _as_initial(document: dict[str, Any]) -> dict[str, Any]:
    """Return the form's values for a declaration: the way back from ``_as_document``."""
    initial = {name: document[name] for name in (*_PLAIN, "higher_is_better") if name in document}
    for name in (*_PAIRS, "data"):
        initial |= {f"{name}_{part}": value for part, value in document.get(name, {}).items()}
    axes = document.get("dimension_fields") or {}
    if isinstance(axes, list):
        axes = dict.fromkeys(axes, ())
    lines = (f"{axis}: {', '.join(values)}" if values else axis for axis, values in axes.items())
    return initial | {"dimension_fields": "\n".join(lines)}


class RemoteCodeForm(RemoteCodeModelForm):
    """Takes a full commit of a hub id, or a folder."""

    class Meta:
        model = RemoteCode
        fields = ("source", "revision", "reason")

    def clean(self) -> dict[str, Any]:
        """Refuse a branch: it can come to mean other code."""
        cleaned = super().clean() or {}
        source, revision = cleaned.get("source", ""), cleaned.get("revision", "")
        if source and not is_pinned(source, revision):
            message = _(
                "Name the full 40-digit commit that was looked at; for a folder, leave the revision empty."
            )
            self.add_error("revision", message)
        return cleaned
