"""Who sees which submission: the querysets, and the same rule asked of one submission."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import AnonymousUser

from leaderboard.accounts.models import Membership, Organization, User
from leaderboard.review.services import (
    NotPublishable,
    OwnRun,
    ReviewChanged,
    approve,
    decide,
    reject,
)
from leaderboard.review.versions import version_of
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.ownership import set_visibility
from leaderboard.runs.presenters import history
from leaderboard.runs.states import RunState
from leaderboard.runs.submission import SubmissionInvalid
from leaderboard.runs.visibility import Visibility
from tests.api.conftest import Api, assert_problem
from tests.factories import (
    make_graded_run,
    make_published_run,
    make_reviewer,
    make_submission,
    make_user,
)

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class People:
    """One person for each role towards the submissions of ``submitter``."""

    organization: Organization
    submitter: User
    member: User
    org_admin: User
    stranger: User
    staff: User
    reviewer: User


@pytest.fixture
def people() -> People:
    organization = Organization.objects.create(slug="lab", name="Lab")
    found = People(
        organization,
        make_user("submitter"),
        make_user("member"),
        make_user("org-admin"),
        make_user("stranger"),
        make_user("staff", is_staff=True),
        make_reviewer("reviewer"),
    )
    Membership.objects.create(organization=organization, user=found.submitter)
    Membership.objects.create(organization=organization, user=found.member)
    Membership.objects.create(
        organization=organization, user=found.org_admin, role=Membership.Role.ADMIN
    )
    other = Organization.objects.create(slug="other", name="Other")
    Membership.objects.create(organization=other, user=found.stranger, role=Membership.Role.ADMIN)
    return found


INSIDERS = {
    "private": {"submitter", "reviewer"},
    "organization": {"submitter", "member", "org_admin", "reviewer"},
    "public": {"submitter", "member", "org_admin", "reviewer"},
}
CHANGERS = {
    "private": {"submitter", "reviewer"},
    "organization": {"submitter", "org_admin", "reviewer"},
    "public": {"submitter", "org_admin", "reviewer"},
}
ROLES = ("submitter", "member", "org_admin", "stranger", "staff", "reviewer")


@pytest.mark.parametrize("visibility", list(Visibility))
def test_unpublished_submissions_are_seen_by_insiders_only(
    people: People, visibility: Visibility
) -> None:
    submission = make_submission(people.submitter, owner="lab", visibility=visibility.value)
    for role in ROLES:
        user = getattr(people, role)
        inside = role in INSIDERS[visibility]
        assert submission.details_visible_to(user) == inside, role
        assert submission.changeable_by(user) == (role in CHANGERS[visibility]), role
        for found in (
            Submission.objects.inside(user),
            Submission.objects.visible_to(user),
            Run.objects.visible_to(user),
        ):
            assert found.exists() == inside, role
    nobody = AnonymousUser()
    assert not Submission.objects.visible_to(nobody).exists()
    assert not Run.objects.visible_to(nobody).exists()
    assert not submission.details_visible_to(nobody)


def test_what_is_published_is_seen_by_everybody_but_not_whole(people: People) -> None:
    run = make_published_run(user=people.submitter, owner="lab")
    for user in (AnonymousUser(), people.stranger, people.staff):
        assert Submission.objects.visible_to(user).get() == run.submission
        assert not Submission.objects.inside(user).exists()
        assert not run.submission.details_visible_to(user)


@pytest.mark.parametrize("visibility", ["private", "organization"])
def test_what_is_not_public_is_never_published(people: People, visibility: str) -> None:
    run = make_graded_run(user=people.submitter, owner="lab", visibility=visibility)
    with pytest.raises(NotPublishable) as refused:
        approve(run, people.reviewer, "made by a test")
    assert [blocker["code"] for blocker in refused.value.blockers] == ["not_public"]


def test_the_rule_for_trusted_submitters_leaves_private_runs_alone(people: People) -> None:
    User.objects.filter(pk=people.submitter.pk).update(trusted_submitter=True)
    run = make_graded_run(user=people.submitter, visibility="private")
    assert run.state == RunState.REVIEW


def test_a_published_submission_stays_public(people: People) -> None:
    run = make_published_run(user=people.submitter)
    with pytest.raises(SubmissionInvalid) as refused:
        set_visibility(run.submission, Visibility.PRIVATE, people.submitter)
    assert refused.value.errors[0]["code"] == "published"
    reject(run, people.reviewer, "withdrawn")
    assert (
        set_visibility(run.submission, Visibility.PRIVATE, people.submitter).visibility == "private"
    )


def test_a_change_of_the_visibility_is_in_the_history_and_is_another_version(
    people: People,
) -> None:
    run = make_graded_run(user=people.submitter, visibility="private")
    seen = version_of(run)
    set_visibility(run.submission, Visibility.PUBLIC, people.reviewer)
    event = run.events.latest("id")
    assert event.actor == people.reviewer
    assert event.data == {"visibility": {"from": "private", "to": "public"}}
    assert history([event], private=True)[0].what == "visibility changed: public after review"
    with pytest.raises(ReviewChanged):
        decide(run, "approve", people.reviewer, "made by a test", seen=seen)
    set_visibility(run.submission, Visibility.PUBLIC, people.reviewer)
    assert run.events.latest("id") == event


def test_the_submitter_changes_the_visibility_through_the_api(people: People) -> None:
    submission = make_submission(people.submitter)
    path = f"/api/v1/submissions/{submission.public_id}"
    body = {"visibility": "private"}

    def patch(user: User, told: dict[str, str]) -> object:
        return Api(user).client.patch(path, told, content_type="application/json")

    assert_problem(patch(people.stranger, body), 404, "not-found")
    changed = Api(people.submitter).client.patch(path, body, content_type="application/json")
    assert changed.json()["visibility"] == "private"
    ownerless = patch(people.submitter, {"visibility": "organization"})
    assert assert_problem(ownerless, 400, "validation")["errors"][0]["code"] == "no_owner"


def test_nobody_submits_for_an_organisation_that_they_are_not_in(people: People) -> None:
    with pytest.raises(SubmissionInvalid) as refused:
        make_submission(people.stranger, owner="lab", visibility="organization")
    assert [(e["field"], e["code"]) for e in refused.value.errors] == [("owner", "unknown")]


def test_a_submission_for_an_organisation_names_it(people: People) -> None:
    with pytest.raises(SubmissionInvalid) as refused:
        make_submission(people.submitter, visibility="organization")
    assert [(e["field"], e["code"]) for e in refused.value.errors] == [("owner", "required")]


def test_reviewers_leave_their_own_runs_to_others(settings: object) -> None:
    reviewer = make_reviewer()
    run = make_graded_run(user=reviewer)
    with pytest.raises(OwnRun):
        approve(run, reviewer, "made by a test")
    settings.REVIEW_OWN = True  # type: ignore[attr-defined]
    approve(run, reviewer, "made by a test")
    run.refresh_from_db()
    assert run.state == RunState.PUBLISHED
