"""Every edit in the admin leaves who, when, and the old and new value, and nobody can change that afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from leaderboard.accounts.models import ApiToken, Membership, Organization, User
from leaderboard.catalog.models import VlmModel
from leaderboard.core.admin import ReadOnlyAdmin
from leaderboard.core.audit import HIDDEN, Audited
from leaderboard.core.models import AuditEntry
from leaderboard.review.models import Decision
from tests.factories import make_published_run, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> User:
    return make_user("root", is_staff=True, is_superuser=True)


@pytest.fixture
def client(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


def post(client: Client, address: str, *arguments: Any, **fields: Any) -> None:
    response = client.post(reverse(f"admin:{address}", args=arguments), fields)
    told = response.context["adminform"].errors if response.status_code == 200 else ""
    assert response.status_code == 302, told


def rows(prefix: str, **fields: Any) -> dict[str, Any]:
    management = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0} | fields
    return {f"{prefix}-{name}": value for name, value in management.items()}


def test_a_changed_model_leaves_old_and_new_values(client: Client, root: User) -> None:
    model = make_published_run(model_name="Kestrel").submission.variant.model
    fields = {"name": "Kestrel 2", "organization": model.organization, "parameters_b": "7.5"}
    post(client, "catalog_vlmmodel_change", model.pk, **fields, **rows("variants"))
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.model) == (root, "change", "catalog.vlmmodel")
    assert entry.record == str(model.pk)
    told = {change["field"]: (change["old"], change["new"]) for change in entry.changes}
    assert told["name"] == ("Kestrel", "Kestrel 2")
    assert told["parameters_b"] == (None, 7.5)
    assert VlmModel.objects.get(pk=model.pk).name == "Kestrel 2"


def test_an_edit_that_is_refused_leaves_nothing(client: Client) -> None:
    model = make_published_run().submission.variant.model
    address = reverse("admin:catalog_vlmmodel_change", args=[model.pk])
    assert client.post(address, {"name": ""} | rows("variants")).status_code == 200
    assert not AuditEntry.objects.exists()


def test_what_makes_a_reviewer_is_told_by_name(client: Client) -> None:
    group = Group.objects.create(name="Reviewers")
    permission = Permission.objects.get(codename="review_run")
    post(client, "auth_group_change", group.pk, name=group.name, permissions=[permission.pk])
    (change,) = AuditEntry.objects.get().changes
    assert change == {"field": "permissions", "old": [], "new": [str(permission)]}


def test_rows_below_a_record_are_told_too(client: Client) -> None:
    lab, ana = Organization.objects.create(slug="lab", name="Lab"), make_user("ana")
    membership = Membership.objects.create(organization=lab, user=ana, role=Membership.Role.MEMBER)
    below = rows(
        "memberships",
        TOTAL_FORMS=1,
        INITIAL_FORMS=1,
        **{
            "0-id": membership.pk,
            "0-organization": lab.pk,
            "0-user": ana.pk,
            "0-role": Membership.Role.ADMIN,
        },
    )
    post(client, "accounts_organization_change", lab.pk, name="Lab", slug="lab", **below)
    (change,) = AuditEntry.objects.get().changes
    assert change == {"field": f"membership {membership.pk}: role", "old": "member", "new": "admin"}


def test_a_new_password_is_told_without_the_password(client: Client) -> None:
    ana = make_user("ana")
    word = "correct-horse-battery-9"
    post(client, "auth_user_password_change", ana.pk, password1=word, password2=word)
    entry = AuditEntry.objects.get()
    assert entry.record == str(ana.pk)
    assert {"field": "password", "old": None, "new": HIDDEN} in entry.changes
    assert word not in str(entry.changes) + entry.note


def test_a_deletion_keeps_what_was_there_without_secrets(client: Client, root: User) -> None:
    ana = make_user("ana", email="ana@example.org", password="correct-horse-battery-9")
    post(client, "accounts_user_delete", ana.pk, post="yes")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.known_as) == (root, "delete", "ana")
    told = {change["field"]: change["old"] for change in entry.changes}
    assert told["email"] == "ana@example.org"
    assert told["password"] == HIDDEN


def test_revoking_tokens_is_written_down(client: Client, root: User) -> None:
    token, _text = ApiToken.issue(root, "laptop")
    post(client, "accounts_apitoken_changelist", action="revoke", _selected_action=[token.pk])
    entry = AuditEntry.objects.get()
    assert (entry.model, entry.record, entry.note) == (
        "accounts.apitoken",
        str(token.pk),
        "Revoked.",
    )


def test_the_entries_are_shown_and_cannot_be_edited(client: Client, root: User) -> None:
    model = make_published_run(model_name="Kestrel").submission.variant.model
    post(client, "catalog_vlmmodel_change", model.pk, name="Kestrel 2", **rows("variants"))
    page = client.get(reverse("admin:core_auditentry_changelist")).content.decode()
    assert "Kestrel → Kestrel 2" in page
    entry = AuditEntry.objects.get()
    change = reverse("admin:core_auditentry_change", args=[entry.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, {"note": "x"}).status_code == 403
    delete = reverse("admin:core_auditentry_delete", args=[entry.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403


def test_every_page_of_the_admin_that_edits_something_writes_it_down() -> None:
    editing = [a for a in admin.site._registry.values() if not isinstance(a, ReadOnlyAdmin)]
    assert editing
    assert [str(a) for a in editing if not isinstance(a, Audited)] == []


def test_the_database_refuses_to_change_or_delete_what_is_written_down(root: User) -> None:
    make_published_run()
    AuditEntry.objects.create(actor=root, action="change", model="m", record="1", known_as="m")
    for written in (Decision.objects, AuditEntry.objects):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            written.update(at="2020-01-01T00:00:00Z")
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            written.all()._raw_delete("default")
