"""Forms about notifications."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluator.errors import EvaluationError
from leaderboard.notifications.models import Event, Webhook
from leaderboard.notifications.sending import checked_url


class EventsField(forms.MultipleChoiceField):
    """Some of the events that a user may be told of; NEEDS_REVIEW is for reviewers."""

    def __init__(self, *, required: bool) -> None:
        super().__init__(
            label=_("Events"),
            choices=Event.choices,
            required=required,
            widget=forms.CheckboxSelectMultiple,
        )


class WebhookForm(forms.Form):
    """A new webhook."""

    url = forms.CharField(
        label=_("Address"), max_length=Webhook._meta.get_field("url").max_length, strip=True
    )
    events = EventsField(required=True)

    def clean_url(self) -> str:
        """Return the address as the guard reads it; refuse one that may not be asked."""
        try:
            return checked_url(self.cleaned_data["url"]).url
        except EvaluationError as error:
            raise forms.ValidationError(error.detail) from None


class EmailForm(forms.Form):
    """Of what to be told by e-mail."""

    events = EventsField(required=False)
