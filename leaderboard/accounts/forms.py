"""Forms about accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.utils.translation import gettext_lazy as _

from leaderboard.accounts.models import ApiToken, User
from leaderboard.accounts.roles import USUAL_SCOPES, Scope
from leaderboard.accounts.services import MAX_TOKEN_DAYS

if TYPE_CHECKING:
    BaseSignUpForm = UserCreationForm[User]
else:
    BaseSignUpForm = UserCreationForm

NAME_LENGTH = ApiToken._meta.get_field("name").max_length


class ScopesField(forms.TypedMultipleChoiceField):
    """One or more scopes, as a list of ``Scope``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Scopes"),
            choices=Scope.choices,
            coerce=Scope,
            initial=[scope.value for scope in USUAL_SCOPES],
            widget=forms.CheckboxSelectMultiple,
            **kwargs,
        )


class DaysField(forms.IntegerField):
    """For how long; empty for ever."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Valid for days"),
            min_value=1,
            max_value=MAX_TOKEN_DAYS,
            required=False,
            help_text=_("Empty: until it is revoked."),
            **kwargs,
        )


class SignUpForm(BaseSignUpForm):
    """A new account of one's own."""

    class Meta:
        model = User
        fields = ("username", "email")


class TokenForm(forms.Form):
    """A token of one's own. Offers the scopes that its user may have."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    scopes = ScopesField()
    days = DaysField(initial=90)

    def __init__(self, *args: Any, offered: list[Scope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes = self.fields["scopes"]
        assert isinstance(scopes, ScopesField)  # noqa: S101 - tells the type
        scopes.choices = [(scope.value, scope.label) for scope in offered]
