from datetime import date

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from departments.models import ApiToken, Department, Headship
from tests import make
from tests.clock import NOW, TODAY
from tests.console import errors, row, said, save


@pytest.fixture
def console(client, administrator):
    client.force_login(administrator)
    return client


def change(thing):
    return reverse(f"admin:{thing._meta.label_lower.replace('.', '_')}_change", args=[thing.pk])


def changelist(model):
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")


def listed(page):
    return [str(each) for each in page.context["cl"].result_list]


@pytest.mark.parametrize("who", ["coo", "ceo", "designer", "creative_head"])
def test_only_administrators_enter(client, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_there_is_one_way_to_sign_in(client):
    page = client.get(reverse("admin:index"), follow=True)
    assert page.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_roles_replace_groups(console, administrator):
    page = console.get(reverse("admin:index"))
    assert "Group" not in page.text
    assert "Email addresses" not in page.text


# --- Departments --------------------------------------------------------------------------------


def test_departments_stand_below_the_one_they_belong_to(console, agency, creative, media):
    make.department("Art", parent=media)
    make.department("Zebra", parent=creative)
    page = console.get(changelist(Department))
    assert listed(page) == ["Agency", "Creative", "Zebra", "Media", "Art"]
    assert "\N{EM SPACE}\N{EM SPACE}Zebra" in page.text


def test_departments_are_found_by_name_and_by_what_they_belong_to(console, agency, creative, media):
    make.department("Art", parent=media)
    assert listed(console.get(changelist(Department), {"q": "rea"})) == ["Creative"]
    assert listed(console.get(changelist(Department), {"parent__id__exact": media.pk})) == ["Art"]


def test_the_list_of_departments_says_who_leads_and_how_many_work_there(console, creative, creative_head, designer):
    make.user(department=creative, leaves_on=date(2026, 11, 17))
    page = console.get(changelist(Department), {"q": "creative"})
    assert "Creative-Head" in page.text
    assert f'href="{changelist(type(designer))}?department__id__exact={creative.pk}">2</a>' in page.text


def test_the_list_of_departments_takes_the_same_queries_at_any_size(
    console, agency, django_assert_num_queries, django_assert_max_num_queries
):
    console.get(changelist(Department))
    with django_assert_max_num_queries(12) as few:
        console.get(changelist(Department))
    for _ in range(8):
        make.head(make.department())
    with django_assert_num_queries(len(few)):
        console.get(changelist(Department))


def test_a_department_is_moved_by_naming_another_parent(console, creative, media):
    assert save(console, change(creative), parent=media.pk).status_code == 302
    creative.refresh_from_db()
    assert creative.parent == media


def test_a_department_below_itself_is_an_error_beside_the_field(console, creative):
    art = make.department("Art", parent=creative)
    assert "cannot be below itself" in errors(save(console, change(creative), parent=art.pk))
    assert "cannot be below itself" in errors(save(console, change(creative), parent=creative.pk))


def test_a_second_root_is_an_error(console, creative):
    assert "already a root department" in errors(save(console, change(creative), parent=""))


def test_a_department_in_use_cannot_be_deleted(console, agency, creative, media):
    make.kpi(creative)
    for used in (agency, creative):
        assert console.post(reverse("admin:departments_department_delete", args=[used.pk])).status_code == 403
    console.post(reverse("admin:departments_department_delete", args=[media.pk]), {"post": "yes"})
    assert not Department.objects.filter(pk=media.pk).exists()


def test_many_are_not_deleted_at_a_stroke(console, creative):
    console.post(changelist(Department), {"action": "delete_selected", "_selected_action": creative.pk, "post": "yes"})
    assert Department.objects.filter(pk=creative.pk).exists()


def test_the_history_of_a_department_says_who_changed_what(console, administrator, creative):
    save(console, change(creative), name="Creation")
    page = console.get(reverse("admin:departments_department_history", args=[creative.pk]))
    assert "<td>Admin</td>" in page.text
    assert "Creative → Creation" in page.text


def test_an_earlier_state_can_be_put_back(console, creative):
    first = creative.history.last()
    save(console, change(creative), name="Creation")
    before = reverse("admin:departments_department_simple_history", args=[creative.pk, first.pk])
    save(console, before)
    creative.refresh_from_db()
    assert (creative.name, creative.history.count()) == ("Creative", 3)


# --- Heads and deputies -------------------------------------------------------------------------


def test_a_head_hands_over_to_the_next_in_one_go(console, creative, creative_head, designer):
    successor = row("headships", 1, kind="head", user=designer.pk, starts_on=TODAY)
    assert save(console, change(creative), **{"headships-0-ends_on": "2026-11-17", **successor}).status_code == 302
    assert Headship.objects.on(TODAY).get().user == designer


def test_two_new_heads_at_once_are_an_error(console, creative, designer):
    both = row("headships", 0, kind="head", user=designer.pk, starts_on=TODAY)
    both |= row("headships", 1, kind="head", user=make.user().pk, starts_on=date(2026, 12, 1))
    assert "Overlaps with" in errors(save(console, change(creative), **both))
    assert not Headship.objects.exists()


def test_a_head_and_a_deputy_at_once_are_not(console, creative, designer):
    both = row("headships", 0, kind="head", user=designer.pk, starts_on=TODAY)
    both |= row("headships", 1, kind="deputy", user=make.user().pk, starts_on=TODAY)
    assert save(console, change(creative), **both).status_code == 302
    assert Headship.objects.count() == 2


def test_a_second_head_given_on_a_persons_page_is_an_error(console, creative, creative_head, designer):
    second = row("headships", 0, kind="head", department=creative.pk, starts_on=TODAY)
    assert "Head of Creative: Creative-Head" in errors(save(console, change(designer), **second))


@pytest.fixture
def two_terms(creative, designer):
    first, then = (date(2026, 1, 1), date(2026, 1, 10)), (date(2026, 1, 11), date(2026, 1, 20))
    for starts_on, ends_on in (first, then):
        Headship.objects.create(department=creative, user=designer, starts_on=starts_on, ends_on=ends_on)
    return first, then


@pytest.mark.parametrize("day", [5, 15])
def test_the_day_of_a_handover_is_moved_either_way(console, creative, two_terms, day):
    moved = {"headships-1-ends_on": date(2026, 1, day), "headships-0-starts_on": date(2026, 1, day + 1)}
    assert save(console, change(creative), **moved).status_code == 302
    assert list(Headship.objects.values_list("starts_on__day", "ends_on__day")) == [(day + 1, 20), (1, day)]


def test_a_row_takes_the_days_of_one_that_goes(console, creative, two_terms):
    taken = {"headships-0-starts_on": date(2026, 1, 1), "headships-1-DELETE": "on"}
    assert save(console, change(creative), **taken).status_code == 302
    assert Headship.objects.get().starts_on == date(2026, 1, 1)
    assert "Deleted" in LogEntry.objects.get().get_change_message()


def test_what_only_the_database_refuses_is_said_and_nothing_is_saved(console, creative, two_terms):
    (first, last), (start, end) = two_terms
    swapped = {"headships-0-starts_on": first, "headships-0-ends_on": last}
    swapped |= {"headships-1-starts_on": start, "headships-1-ends_on": end}
    response = save(console, change(creative), **swapped, name="Creation")
    assert "Nothing was saved" in said(console.get(response.url))[0]
    assert [h.starts_on for h in Headship.objects.all()] == [start, first]
    assert not Department.objects.filter(name="Creation").exists()


# --- Tokens and sign-in -------------------------------------------------------------------------


@pytest.fixture
def token(designer):
    return ApiToken.objects.issue(user=designer, scope="read", at=NOW, name="bookkeeping")


def test_a_tokens_secret_is_never_shown(console, token):
    issued, secret = token
    pages = console.get(changelist(ApiToken)).text + console.get(change(issued)).text
    assert issued.hint in pages
    assert secret not in pages
    assert issued.digest not in pages


def test_a_token_is_revoked_and_not_changed(console, token):
    issued, _ = token
    console.post(changelist(ApiToken), {"action": "revoke", "_selected_action": issued.pk})
    issued.refresh_from_db()
    assert issued.revoked_at == NOW
    assert console.post(change(issued), {"scope": "write"}).status_code == 403
    assert console.get(reverse("admin:departments_apitoken_add")).status_code == 403


def test_tokens_are_filtered_by_whether_they_still_work(console, designer, token):
    over, _ = ApiToken.objects.issue(user=designer, scope="read", at=NOW, expires_at=NOW)
    assert listed(console.get(changelist(ApiToken), {"state": "live"})) == [str(token[0])]
    assert listed(console.get(changelist(ApiToken), {"state": "over"})) == [str(over)]


def test_an_administrator_lets_somebody_try_again(console, administrator, designer):
    entry = {"path": reverse("account_login"), "data": {"login": "designer", "password": "a long password"}}
    attempt = AccessAttempt.objects.create(username="designer", ip_address="127.0.0.1", failures_since_start=10)
    assert Client().post(**entry).status_code == 429
    console.post(reverse("admin:axes_accessattempt_delete", args=[attempt.pk]), {"post": "yes"})
    assert Client().post(**entry).status_code == 302


def test_what_was_tried_at_the_door_stays_on_record(console, designer):
    Client().post(reverse("account_login"), {"login": "designer", "password": "a long password"})
    entered = AccessLog.objects.get(username="designer")
    assert "designer" in console.get(changelist(AccessLog)).text
    assert console.post(reverse("admin:axes_accesslog_delete", args=[entered.pk]), {"post": "yes"}).status_code == 403
