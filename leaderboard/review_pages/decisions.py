"""The form of a decision. Reasons are asked for every one: the next reader has nothing else to go by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from leaderboard.core.text import storable
from leaderboard.review.actions import REASON_LENGTH, Choice
from leaderboard.runs.models import Run


class DecisionForm(forms.Form):
    """What is decided on one run or on several, and why. ``successors`` are the runs that may be named as newer."""

    decision = forms.ChoiceField(
        error_messages={
            "required": _("Choose what to decide."),
            "invalid_choice": _("That cannot be decided on a run in this state."),
        }
    )
    reason = forms.CharField(
        max_length=REASON_LENGTH,
        error_messages={
            "required": _("Say why: the submitter and the next reviewer have only this to go by.")
        },
    )
    successor = forms.ChoiceField(required=False)

    def __init__(
        self,
        *args: Any,
        choices: Sequence[Choice],
        successors: Sequence[Run] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._choices = {choice.name: choice for choice in choices}
        self._successors = {str(run.public_id): run for run in successors}
        self._offer("decision", [(choice.name, str(choice.label)) for choice in choices])
        self._offer("successor", [(name, str(run)) for name, run in self._successors.items()])

    def _offer(self, field: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[field]).choices = choices

    def clean_reason(self) -> str:
        """Return the reason as the database can hold it."""
        return storable(self.cleaned_data["reason"])

    @property
    def choice(self) -> Choice:
        """The decision of a valid form."""
        return self._choices[self.cleaned_data["decision"]]

    @property
    def newer(self) -> Run | None:
        """The run that a valid form names as the successor, if it does."""
        return self._successors.get(self.cleaned_data["successor"])


def seen_of(values: Sequence[str], most: int) -> dict[UUID, str]:
    """Return the runs that ``ID:VERSION`` name, with the version that was seen of each, at most ``most``.

    What is no such text is passed over.
    """
    found = {}
    for value in values[:most]:
        run, _, version = value.partition(":")
        try:
            found[UUID(run)] = version
        except ValueError:
            continue
    return found
