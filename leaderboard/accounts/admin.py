"""Users and API tokens in the admin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from leaderboard.accounts.forms import DaysField, ScopesField
from leaderboard.accounts.models import ApiToken, Invitation, Membership, Organization, User
from leaderboard.accounts.roles import scopes_open_to
from leaderboard.accounts.services import issue_token, revoke_tokens
from leaderboard.accounts.signup import token_of
from leaderboard.core import numbers
from leaderboard.core.admin import AnyAdmin, AnyInline

if TYPE_CHECKING:
    BaseUserAdmin = DjangoUserAdmin[User]
    TokenModelForm = forms.ModelForm[ApiToken]
else:
    BaseUserAdmin = DjangoUserAdmin
    TokenModelForm = forms.ModelForm


LIMITS = ("submissions_per_day", "active_submissions", "gpu_hours")


class MembershipInline(AnyInline):
    """Who is in which organisation."""

    model = Membership
    extra = 0

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:  # noqa: ARG002
        """The other side of the membership."""
        return ("organization",) if self.parent_model is User else ("user",)


@admin.register(User)
class UserAdmin(BaseUserAdmin):
    """Django's, with what decides about submissions."""

    list_display = (
        "username",
        "email",
        "is_staff",
        "trusted_submitter",
        "submissions_per_day",
        "is_active",
    )
    list_filter = ("is_staff", "trusted_submitter", "is_active", "groups")
    fieldsets = (
        *(DjangoUserAdmin.fieldsets or ()),
        (
            _("Submissions"),
            {
                "description": _("An empty limit is the site's default."),
                "fields": ("trusted_submitter", *LIMITS),
            },
        ),
    )
    inlines = (MembershipInline,)


@admin.register(Organization)
class OrganizationAdmin(AnyAdmin):
    """Organisations and who is in them."""

    list_display = ("name", "slug", "submissions_per_day", "active_submissions", "gpu_hours")
    search_fields = ("name", "slug")
    prepopulated_fields: ClassVar[dict[str, Sequence[str]]] = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "slug")}),
        (
            _("Submissions"),
            {"description": _("An empty limit is none."), "fields": LIMITS},
        ),
    )
    inlines = (MembershipInline,)


@admin.register(Invitation)
class InvitationAdmin(AnyAdmin):
    """Invitations, with the links to send."""

    list_display = ("note", "organization", "role", "created_at", "used_by")
    list_select_related = ("organization", "used_by")
    fields = ("note", "organization", "role", "link", "used_by")
    readonly_fields = ("link", "used_by")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Never: what was promised stays; delete the invitation instead."""
        return False

    @admin.display(description=_("link"))
    def link(self, invitation: Invitation) -> str:
        """What to send, with this site's address in front."""
        if invitation.pk is None or invitation.used_by_id is not None:
            return numbers.MISSING
        query = urlencode({"invitation": token_of(invitation)})
        return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('signup')}?{query}"


class IssueTokenForm(TokenModelForm):
    """For whom, what for, and for how long."""

    scopes = ScopesField()
    days = DaysField()

    class Meta:
        model = ApiToken
        fields = ("user", "name")

    def clean(self) -> dict[str, Any]:
        """Refuse scopes that the user may not have."""
        fields: dict[str, Any] = super().clean() or {}
        if "user" in fields and "scopes" in fields:
            refused = set(fields["scopes"]) - set(scopes_open_to(fields["user"]))
            if refused:
                names = ", ".join(sorted(str(scope.label) for scope in refused))
                self.add_error("scopes", _("This user may not have: %s.") % names)
        return fields


@admin.register(ApiToken)
class ApiTokenAdmin(AnyAdmin):
    """Issue and revoke. A token is never changed, and its clear text is in the answer to "save" and nowhere else."""

    list_display = (
        "name",
        "user",
        "prefix",
        "scopes_in_words",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    list_filter = ("revoked_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    fields = (
        "user",
        "name",
        "prefix",
        "scopes_in_words",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    readonly_fields = ("scopes_in_words",)
    actions = ("revoke",)

    @admin.display(description=_("scopes"))
    def scopes_in_words(self, token: ApiToken) -> str:
        """What it may do."""
        return ", ".join(token.scope_labels)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Never: a token is what was issued."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Never: a revoked token keeps telling that it was there."""
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whoever has the permission to change tokens."""
        return request.user.has_perm("accounts.change_apitoken")

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:
        """The form's fields while adding, everything that is stored (but the digest) afterwards."""
        return (
            ("user", "name", "scopes", "days") if obj is None else super().get_fields(request, obj)
        )

    def get_form(
        self, request: HttpRequest, obj: ApiToken | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Use the issuing form while adding."""
        if obj is None:
            kwargs["form"] = IssueTokenForm
        return super().get_form(request, obj, change, **kwargs)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Let only superusers issue tokens for others: a token acts as its user."""
        user = request.user
        if db_field.name == "user" and isinstance(user, User) and not user.is_superuser:
            kwargs["queryset"] = User.objects.filter(pk=user.pk)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:  # noqa: ARG002
        """Issue the token, and keep its clear text on the object for the one answer that shows it."""
        told = form.cleaned_data
        token, text = issue_token(obj.user, obj.name, days=told["days"], scopes=told["scopes"])
        obj.__dict__.update(token.__dict__)
        obj.__dict__["clear_text"] = text

    def response_add(
        self,
        request: HttpRequest,
        obj: ApiToken,
        post_url_continue: str | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Show the clear text. It goes into no message, cookie or session, and admin pages are never cached."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("The new token"),
            "token": obj,
            "clear_text": obj.__dict__["clear_text"],
        }
        return TemplateResponse(request, "accounts/admin/token_issued.html", context)

    @admin.action(description=_("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Revoke the chosen tokens."""
        chosen = list(queryset.filter(revoked_at=None))
        count = revoke_tokens(queryset)
        for token in chosen:
            self.log_change(request, token, gettext("Revoked."))
        text = ngettext("%(count)d token revoked.", "%(count)d tokens revoked.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
