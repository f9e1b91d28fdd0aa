"""The pages on which series are made and changed."""

from datetime import date, time
from time import perf_counter

import pytest
from django.urls import reverse

from meetings.models import Meeting, Schedule, Series
from meetings.selectors.series import edition
from meetings.series_forms import TimingForm, controls
from tests import make

MONDAY = date(2026, 11, 23)
NEW = "/meetings/new/"


def typed(page, **instead) -> dict:
    """What a browser would send of the form on a page."""
    form = page.context["form"]
    found = {}
    for field in form:
        value = field.value()
        if isinstance(value, (date, time)):
            value = value.isoformat()
        if value not in (None, "", []):
            found[field.html_name] = value
    return found | {"rows": getattr(form, "rows", 0)} | instead


@pytest.fixture
def signed_in(client, coo, agency, creative, creative_head):
    client.force_login(coo)
    return client


def test_the_weekly_meeting_of_heads_is_made_by_one_click(signed_in, agency, coo, creative_head):
    page = signed_in.get(NEW)
    assert signed_in.post(NEW, typed(page)).status_code == 302
    series = Series.objects.get()
    assert (series.title, series.chair, series.department) == ("Weekly meeting of heads", coo, agency)
    schedule = Schedule.objects.get()
    assert (schedule.starts_on, schedule.starts_at, schedule.minutes) == (MONDAY, time(9), 90)
    assert (schedule.zone, schedule.rule) == ("Europe/Berlin", "FREQ=WEEKLY")
    assert [str(row) for row in series.invited.all()] == ["All heads in Agency"]
    assert sum(row.minutes for row in series.sections.all()) == 90
    shown = signed_in.get(f"/meetings/series/{series.pk}/")
    assert "Every Monday" in shown.text
    assert "All heads in Agency" in shown.text


def test_every_field_of_a_form_stands_on_its_page(signed_in, creative_head):
    series = make.series(creative_head)
    for address in (NEW, f"/meetings/series/{series.pk}/change/", f"/meetings/series/{series.pk}/schedule/"):
        page = signed_in.get(address)
        names = [field.html_name for field in page.context["form"]]
        assert [name for name in names if f'name="{name}"' not in page.text] == []


def test_a_one_to_one_is_with_the_head_of_the_department(signed_in, creative):
    address = f"{NEW}?outline=one-to-one&department=creative"
    signed_in.post(address, typed(signed_in.get(address)))
    series = Series.objects.get()
    assert (series.title, str(series.invited.get())) == ("One-to-one: Creative", "Head of Creative")
    assert Schedule.objects.get().rule == "FREQ=WEEKLY;INTERVAL=2"


def test_a_quarterly_review_begins_with_the_next_quarter(signed_in):
    address = f"{NEW}?outline=review"
    signed_in.post(address, typed(signed_in.get(address)))
    schedule = Schedule.objects.get()
    assert (schedule.starts_on, schedule.rule) == (date(2027, 1, 4), "FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO")


def test_something_else_begins_empty(signed_in):
    address = f"{NEW}?outline=blank"
    signed_in.post(address, typed(signed_in.get(address), title="Pitch"))
    assert Series.objects.get().sections.count() == 0


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        ({"title": ""}, "Title: This field is required."),
        ({"starts_on": "30.2.2027"}, "Found “30.2.2027”, expected a day such as 2026-11-30."),
        ({"starts_on": "2020-01-01"}, "Found 1 Jan 2020, expected a day from 17 Nov 2025"),
        ({"starts_at": "25:00"}, "Expected a time such as 09:00."),
        ({"minutes": "0"}, "Expected a whole number from 5 to 720."),
        ({"minutes": "60"}, "Found 60 minutes, expected at least the 90 that its parts take."),
        ({"zone": "Berlin"}, "Found “Berlin”, expected a time zone such as Europe/Berlin."),
        ({"repeats": "rule", "rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "Rule: It never takes place"),
        ({"repeats": "rule", "rule": ""}, "Rule: Say which."),
        ({"ends": "until"}, "Last day: Say when."),
        ({"ends": "until", "until": "2026-11-20"}, "It ends on 20 Nov 2026, before it begins on 23 Nov 2026."),
        ({"ends": "count", "count": "0"}, "Meetings: Expected a whole number from 1 to 9999."),
        ({"length-0": ""}, "Say how many minutes; without a part, take the part out."),
        ({"chair": "nobody"}, "Select a valid choice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_what_was_typed_is_kept(instead, words, signed_in):
    page = signed_in.post(NEW, typed(signed_in.get(NEW), **{"title": "Kept words"} | instead))
    assert page.status_code == 200
    assert words in page.text.replace("&quot;", '"')
    assert Series.objects.count() == 0
    assert instead.get("title", "Kept words") in page.text


@pytest.mark.parametrize("rows", ["99999999999999999999", "-1", "many", ""])
def test_a_number_of_rows_that_nobody_sent_breaks_nothing(rows, signed_in):
    assert signed_in.post(NEW, typed(signed_in.get(NEW), rows=rows)).status_code in (200, 302)


@pytest.mark.parametrize(
    "rule",
    [
        "", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR", "FREQ=DAILY;COUNT=10", "FREQ=YEARLY;UNTIL=20301231",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1FR",
        "FREQ=MONTHLY;BYDAY=5MO", "FREQ=WEEKLY;WKST=SU", "FREQ=MONTHLY;BYMONTHDAY=15",
    ],
)  # fmt: skip
def test_the_controls_show_a_rule_so_that_saving_it_changes_nothing(rule):
    said = {"starts_on": "2026-11-30", "starts_at": "09:00", "minutes": "60", "zone": "UTC"}
    shown = {name: str(value) if not isinstance(value, list) else value for name, value in controls(rule).items()}
    form = TimingForm(said | shown)
    assert form.is_valid(), form.errors
    assert form.plan.rule == rule


def test_when_it_takes_place_is_changed_from_a_day_on(signed_in, creative_head):
    series = make.series(creative_head)
    address = f"/meetings/series/{series.pk}/schedule/"
    page = signed_in.get(address)
    signed_in.post(address, typed(page, starts_on="2026-12-01", repeats="DAILY", every="3"))
    assert Schedule.objects.current().filter(series=series).latest("starts_on").rule == "FREQ=DAILY;INTERVAL=3"
    assert "every third day" in signed_in.get(f"/meetings/series/{series.pk}/").text.lower()


def test_of_two_who_change_it_the_second_keeps_what_was_typed_and_may_save_again(signed_in, creative_head):
    series = make.series(creative_head)
    address = f"/meetings/series/{series.pk}/change/"
    first, second = (typed(signed_in.get(address), title=title) for title in ("First", "Second"))
    signed_in.post(address, first)
    page = signed_in.post(address, second)
    assert "Somebody changed it meanwhile" in page.text
    assert Series.objects.get().title == "First"
    signed_in.post(address, typed(page))
    assert Series.objects.get().title == "Second"


def test_a_meeting_is_moved_cancelled_and_reinstated(signed_in, creative_head):
    series = make.series(creative_head)
    base = f"/meetings/{series.pk}/2026-11-23"
    page = signed_in.get(f"{base}/time/")
    sent = {"day": "2026-11-24", "starts_at": "10:30", "minutes": "45", "was": page.context["moving"]["was"].value()}
    assert signed_in.post(f"{base}/time/", sent).status_code == 302
    meeting = Meeting.objects.get()
    assert (f"{meeting.starts_at:%d %H:%M}", meeting.minutes, meeting.slot) == ("24 10:30", 45, MONDAY)
    assert "moved it meanwhile" in signed_in.post(f"{base}/time/", sent | {"day": "2026-11-25"}).text
    assert "Say why it is cancelled." in signed_in.post(f"{base}/cancellation/").text
    signed_in.post(f"{base}/cancellation/", {"why": "A fair."})
    assert "A fair." in signed_in.get(f"/meetings/series/{series.pk}/").text
    signed_in.post(f"{base}/reinstatement/")
    assert Meeting.objects.get().cancelled_at is None


def test_a_time_that_the_clocks_leap_over_is_refused_with_what_they_do(signed_in, creative_head):
    series = make.series(creative_head, zone="Europe/Berlin")
    address = f"/meetings/{series.pk}/2026-11-23/time/"
    was = signed_in.get(address).context["moving"]["was"].value()
    sent = {"day": "2027-03-28", "starts_at": "02:30", "minutes": "60", "was": was}
    words = "In Europe/Berlin the clocks go from 02:00 to 03:00 on 28 Mar 2027: there is no 02:30."
    assert words in signed_in.post(address, sent).text


def test_a_series_that_meets_such_an_hour_says_so(signed_in, creative_head):
    series = make.series(creative_head, zone="Europe/Berlin", starts_on=date(2026, 11, 22), starts_at=time(2, 30))
    assert "there is no 02:30" in signed_in.get(f"/meetings/series/{series.pk}/").text


def test_a_series_ends_and_goes_on(signed_in, creative_head):
    series = make.series(creative_head)
    base = f"/meetings/series/{series.pk}"
    wrong = signed_in.post(f"{base}/end/", {"last_day": "2026-11-01", "was": edition(series)})
    assert "expected today or a day within ten years" in wrong.text
    signed_in.post(f"{base}/end/", {"last_day": "2026-11-30", "was": edition(series)})
    assert "ends 30 Nov 2026" in signed_in.get(f"{base}/").text
    signed_in.post(f"{base}/resumption/")
    assert Series.objects.get().ended_on is None


def test_who_is_invited_reads_and_who_leads_changes(client, agency, coo, creative, creative_head, media_head, designer):
    series = make.series(designer, department=creative)
    names = ["series-change", "series-schedule"]
    for user, statuses in [(designer, [200, 404, 404]), (creative_head, [200, 200, 200]), (media_head, [404] * 3)]:
        series.invited.get_or_create(who="person", user=creative_head)
        client.force_login(user)
        found = [client.get(reverse(f"meetings:{name}", args=[series.pk])).status_code for name in ["series", *names]]
        assert found == statuses


def test_a_head_makes_series_of_their_department_alone(client, agency, coo, creative, media, creative_head, designer):
    client.force_login(designer)
    assert client.get(NEW).status_code == 404
    client.force_login(creative_head)
    page = client.get(NEW)
    assert [each.slug for each in page.context["form"].fields["department"].queryset] == ["creative"]
    assert "Select a valid choice" in client.post(NEW, typed(page, department="media")).text


@pytest.mark.parametrize("day", ["0001-01-01", "1000-06-01", "9999-12-31", "9998-12-28"])
@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=YEARLY", "FREQ=DAILY;COUNT=9999"])
def test_a_day_at_the_end_of_all_days_is_found_or_not_at_once(day, rule, signed_in, creative_head):
    series = make.series(creative_head, rule=rule, zone="America/New_York", starts_at=time(23))
    began = perf_counter()
    assert signed_in.get(f"/meetings/{series.pk}/{day}/time/").status_code in (200, 404)
    assert perf_counter() - began < 3


def test_a_head_begins_with_a_meeting_of_their_department(client, agency, creative, creative_head):
    client.force_login(creative_head)
    page = client.get(NEW)
    assert client.post(NEW, typed(page, title="Creative weekly")).status_code == 302
    assert str(Series.objects.get().invited.get()) == "Everybody in Creative"


def test_past_and_coming_meetings_stand_on_its_page(signed_in, creative_head):
    series = make.series(creative_head)
    page = signed_in.get(f"/meetings/series/{series.pk}/")
    assert [each.slot for each in page.context["past"]] == [date(2026, 11, 16), date(2026, 11, 9), date(2026, 11, 2)]
    assert page.context["coming"][0].slot == MONDAY
