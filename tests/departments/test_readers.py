"""Who may read a department, asked from its end: the same as what each person reaches."""

from datetime import timedelta

import pytest

from departments.models import Department, Headship, User
from tests import make
from tests.clock import TODAY


@pytest.fixture
def everybody(agency, creative, media, coo, ceo, administrator, creative_head, media_head, designer):
    studio = make.department("Studio", parent=creative)
    make.user("potter", department=studio)
    make.user("chair", department=agency)
    make.user("nowhere")
    make.user("gone", department=creative, leaves_on=TODAY - timedelta(days=1))
    make.user("new", department=creative, starts_on=TODAY + timedelta(days=1))
    make.user("locked", department=creative, is_active=False)
    former = make.user("former", department=media)
    Headship.objects.create(
        department=media, user=former, starts_on=TODAY - timedelta(900), ends_on=TODAY - timedelta(800), kind="deputy"
    )
    deputy = make.user("deputy", department=studio)
    Headship.objects.create(department=studio, user=deputy, kind="deputy", starts_on=TODAY)


def test_the_readers_of_a_department_are_those_who_reach_it(everybody):
    employed = list(User.objects.employed(on=TODAY))
    for department in Department.objects.all():
        reaching = {
            user.username
            for user in employed
            if Department.objects.reachable_by(user, on=TODAY).filter(pk=department.pk).exists()
        }
        assert {user.username for user in User.objects.reading(department, on=TODAY)} == reaching, department


def test_not_everybody_reads_every_department(everybody):
    studio = {user.username for user in User.objects.reading(Department.objects.get(slug="studio"), on=TODAY)}
    assert {"potter", "designer", "chair", "deputy", "media-head"} <= studio
    assert not {"former", "nowhere", "gone", "new", "locked"} & studio
    media = {user.username for user in User.objects.reading(Department.objects.get(slug="media"), on=TODAY)}
    assert {"former", "deputy"} <= media
    assert not {"designer", "potter"} & media


def test_heads_are_those_of_the_day(everybody, creative, media):
    assert [user.username for user in User.objects.heading([creative], on=TODAY)] == ["creative-head"]
    assert not User.objects.heading([media], on=TODAY - timedelta(days=9000))
