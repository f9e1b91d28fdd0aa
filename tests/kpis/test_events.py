"""Events: recorded once, changed and removed by rows of their own, and seen wherever they concern something."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from kpis.models import Event, Signal
from kpis.selectors.explained import Note
from kpis.services.events import EventRecorded, EventSuperseded, change_event, record_event, remove_event, restore_event
from kpis.services.explaining import explain, take_back
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW, TODAY
from tests.kpis.test_signals import followed, undo_of, with_a_concern


@pytest.fixture
def jobs(creative):
    return with_a_concern(creative)


def given(**fields):
    return {"title": "Power cut", "starts_on": "2026-09-01", "departments": ["creative"]} | fields


def record(client, path="/events/new/", **fields):
    return client.post(path, given(**fields), follow=True)


def titles(events):
    return {event.title for event in events}


# --- Who records, changes and removes


def test_a_head_records_changes_removes_and_brings_back_and_nothing_is_overwritten(client, creative_head, creative):
    client.force_login(creative_head)
    assert "Recorded: Power cut, 1 Sep 2026." in record(client).text
    event = Event.objects.get()
    assert (event.recorded_by, list(event.departments.all())) == (creative_head, [creative])
    answer = record(client, f"/events/{event.pk}/", title="Power cut in the studio", ends_on="2026-09-03")
    assert "Changed: Power cut in the studio, 1 – 3 Sep 2026." in answer.text
    client.post(undo_of(answer), follow=True)
    assert titles(Event.objects.current()) == {"Power cut"}
    answer = client.post(f"/events/{Event.objects.current().get().pk}/removal/", follow=True)
    assert "No events yet" in answer.text
    client.post(undo_of(answer))
    back = Event.objects.current().get()
    assert (back.title, list(back.departments.all()), Event.objects.count()) == ("Power cut", [creative], 4)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": " "}, "This field is required"),
        ({"title": "x" * 101}, "at most 100 characters"),
        ({"title": "a\0b"}, "Null characters are not allowed"),
        ({"starts_on": "soon"}, "Enter a valid date"),
        ({"starts_on": "1066-01-01"}, "expected a day from 1990-01-01"),
        ({"ends_on": "2026-08-31"}, "Found 2026-08-31, expected 2026-09-01 or later"),
        ({"ends_on": "2027-09-02"}, "Found 2027-09-02, expected 2027-09-01 or earlier: an event lasts a year at most"),
        ({"departments": ["media"]}, "Select a valid choice"),
        ({"departments": ["crea\0tive"]}, "Select a valid choice"),
        ({"departments": []}, "This field is required"),
        ({"kpis": ["nothing"]}, "Select a valid choice"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused_and_what_was_typed_stays(client, creative_head, media, fields, words):
    client.force_login(creative_head)
    text = record(client, description="All screens went dark.", **fields).text
    assert words in text
    assert "All screens went dark." in text
    assert not Event.objects.exists()


def test_only_the_coo_records_for_the_whole_agency(client, coo, creative, administrator):
    client.force_login(coo)
    record(client, departments=[])
    assert "the whole agency" in client.get("/events/").text
    client.force_login(administrator)
    assert (client.get("/events/").status_code, client.get("/events/new/").status_code) == (200, 404)


def test_a_head_changes_only_what_concerns_their_departments_alone(client, creative_head, creative, media):
    client.force_login(creative_head)
    both, whole, own = make.event(creative, media), make.event(), make.event(creative)
    pages = [client.get(f"/events/{event.pk}/").status_code for event in (both, whole, own)]
    assert pages == [404, 404, 200]
    text = client.get("/events/").text
    assert [f"/events/{event.pk}/" in text for event in (both, whole, own)] == [False, False, True]


def test_a_kpi_that_somebody_else_named_stays_when_a_head_changes_the_event(client, creative_head, creative, media):
    sales = make.kpi(media, code="sales")
    event = make.event(creative, kpis=[sales])
    client.force_login(creative_head)
    assert '<input type="checkbox" name="kpis" value="sales"' in client.get(f"/events/{event.pk}/").text
    record(client, f"/events/{event.pk}/", title="Other", kpis=["sales"])
    assert list(Event.objects.current().get().kpis.all()) == [sales]


def test_what_comes_second_is_told(creative, coo):
    event = make.event(creative)
    changed = change_event(event, title="Other", starts_on=event.starts_on, departments=[creative], by=coo, at=NOW)
    with pytest.raises(EventSuperseded):
        change_event(event, title="Third", starts_on=event.starts_on, by=coo, at=NOW)
    with pytest.raises(EventSuperseded):
        restore_event(event, by=coo, at=NOW)  # it was changed, not removed
    with pytest.raises(EventSuperseded):
        restore_event(changed, by=coo, at=NOW)  # it stands
    with pytest.raises(EventSuperseded):
        restore_event(event, instead_of=make.event(title="Another"), by=coo, at=NOW)
    restore_event(event, instead_of=changed, by=coo, at=NOW)
    with pytest.raises(EventSuperseded):
        restore_event(event, instead_of=changed, by=coo, at=NOW)
    assert titles(Event.objects.current()) == {"Power cut", "Another"}


def test_pressing_undo_twice_brings_one_event_back(client, coo, creative):
    client.force_login(coo)
    event = make.event(creative)
    undo = undo_of(client.post(f"/events/{event.pk}/removal/", follow=True))
    client.post(undo)
    assert "This event was changed or removed already." in client.post(undo, follow=True).text
    assert Event.objects.current().count() == 1


def test_who_removes_an_event_twice_is_not_told_of_somebody_else(client, coo, creative_head, creative):
    event = make.event(creative)
    for user, said in ((coo, "This event was changed"), (creative_head, "Somebody else changed")):
        client.force_login(user)
        client.post(f"/events/{event.pk}/removal/")
        assert f"{said} or removed" in client.post(f"/events/{event.pk}/removal/", follow=True).text


def test_a_form_that_is_sent_twice_records_one_event(client, creative_head, creative):
    jobs = make.kpi(creative, code="jobs")
    client.force_login(creative_head)
    record(client, kpis=["jobs"])
    answer = record(client, kpis=["jobs"], description="All screens went dark.")
    assert "This event is recorded already." in answer.text
    assert "All screens went dark." in answer.text
    for other in ({}, {"kpis": ["jobs"], "ends_on": "2026-09-02"}, {"kpis": ["jobs"], "title": "Another"}):
        record(client, **other)
    assert Event.objects.count() == 4
    other = Event.objects.get(title="Another")
    assert "recorded already" in record(client, f"/events/{other.pk}/", kpis=["jobs"]).text
    assert (titles(Event.objects.current()), list(other.kpis.all())) == ({"Power cut", "Another"}, [jobs])


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_a_form_that_is_sent_twice_at_once_records_one_event(coo, creative):
    together, told = Barrier(2), []

    def send(_):
        together.wait()
        try:
            record_event(title="Power cut", starts_on=TODAY, departments=[creative], by=coo, at=NOW)
        except EventRecorded:
            told.append(True)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        list(pool.map(send, range(2)))
    assert (Event.objects.count(), told) == (1, [True])


@pytest.mark.parametrize("day", ["soon", "1066-01-01", "2026-02-30"])
def test_a_day_that_is_none_is_not_proposed(client, coo, day):
    client.force_login(coo)
    assert f'value="{TODAY}"' in client.get(f"/events/new/?day={day}").text


def test_an_event_needs_a_title_and_ends_after_it_starts(db):
    for law, fields in (
        ("event_has_a_title", {"title": ""}),
        ("event_ends_after_it_starts", {"ends_on": date(2026, 8, 31)}),
    ):
        with pytest.raises(IntegrityError, match=law), transaction.atomic():
            make.event(**fields)


def test_what_an_event_names_stays_lest_it_concerns_everything(creative):
    studio, number = make.department("Studio", parent=creative), make.kpi(creative)
    make.event(studio, kpis=[number])
    number.assignments.all().delete()
    for named in (studio, number):
        with pytest.raises(ProtectedError):
            named.delete()


# --- Who sees them, and where they show


@pytest.fixture
def tree(creative, media):
    studio = make.department("Studio", parent=creative)
    for place in (creative, media, studio):
        make.event(place, title=f"of {place.name}")
    make.event(title="of all")
    return {"creative": creative, "media": media, "studio": studio, "agency": creative.parent}


@pytest.mark.parametrize(
    ("where", "seen"),
    [
        ("agency", {"of all", "of Creative", "of Media", "of Studio"}),
        ("creative", {"of all", "of Creative", "of Studio"}),
        ("studio", {"of all", "of Creative", "of Studio"}),
        ("media", {"of all", "of Media"}),
    ],
)
def test_an_event_concerns_its_department_what_is_below_and_what_is_above(client, coo, tree, where, seen):
    assert titles(Event.objects.concerning([tree[where]])) == seen
    client.force_login(coo)
    text = client.get(f"/events/?department={where}").text
    assert {title for title in ("of all", "of Creative", "of Media", "of Studio") if title in text} == seen
    member = make.user(department=tree[where])
    assert titles(Event.objects.reachable_by(member, on=TODAY)) == seen


def test_a_reader_is_told_no_names_out_of_reach(client, designer, creative, media):
    make.event(creative, media, title="Both", kpis=[make.kpi(media, name="Hidden number")])
    client.force_login(designer)
    for path in ("/events/", "/events/table.csv"):
        text = client.get(path).text
        assert ("Both" in text, "Media" in text, "Hidden number" in text) == (True, False, False)


def test_somebody_without_a_department_sees_what_concerns_all(client, tree):
    client.force_login(make.user(department=None))
    text = client.get("/events/").text
    assert ("of all" in text, "of Creative" in text) == (True, False)


def test_the_list_is_filtered_by_words_and_leaves_as_a_table_with_inert_text(client, coo, creative):
    make.event(creative, title="=1+1", description="Nobody knows why", ends_on=date(2026, 9, 4))
    make.event(title="Summer party")
    client.force_login(coo)
    assert "Summer party" not in client.get("/events/?q=knows").text
    lines = client.get("/events/table.csv?q=knows").text.splitlines()
    assert lines[1:] == ["2026-09-01,2026-09-04,'=1+1,Nobody knows why,Creative,all,2026-11-18 10:00,"]
    assert client.get("/events/?department=nowhere").status_code == 400


def test_the_fragment_is_the_very_list_that_the_page_includes(client, coo, creative):
    make.event(creative, title="<b>Party</b>")
    client.force_login(coo)
    fragment = client.get("/events/", headers={"HX-Request": "true"}).text
    assert fragment.strip() in client.get("/events/").text
    assert "&lt;b&gt;Party&lt;/b&gt;" in fragment


def test_the_form_is_filled_in_from_where_somebody_comes_and_leads_back_there(client, creative_head, jobs):
    client.force_login(creative_head)
    path = "/events/new/?department=creative&kpi=jobs&day=2026-08-05"
    page = client.get(path).text
    assert 'value="2026-08-05"' in page
    assert page.count(" checked") == 2
    assert record(client, path, kpis=["jobs"]).redirect_chain == [("/kpis/jobs/?department=creative", 302)]


# --- An event explains a signal


def test_a_signal_is_explained_by_an_event_around_its_time_without_a_word(client, creative_head, creative, media, jobs):
    signal = Signal.objects.get()
    near, _, _, other = (
        make.event(creative, title="Near", starts_on=signal.first - timedelta(weeks=5)),
        make.event(creative, title="Too long ago", starts_on=signal.first - timedelta(weeks=7)),
        make.event(creative, title="Afterwards", starts_on=signal.last + timedelta(weeks=1)),
        make.event(creative, title="Of another KPI", starts_on=signal.first, kpis=[make.kpi(creative)]),
    )
    make.event(media, title="Of Media", starts_on=signal.first)
    client.force_login(creative_head)
    page = client.get(f"/signals/{signal.pk}/").text
    assert page.count("<option") == 2
    assert f'value="{near.pk}"' in page
    refused = client.post(f"/signals/{signal.pk}/", {"words": "", "event": other.pk})
    assert "changed or removed this event in the meantime" in refused.text
    answer = client.post(f"/signals/{signal.pk}/", {"words": "", "event": near.pk}, follow=True)
    assert "Explained: Concern: Jobs, Creative." in answer.text
    for path in ("/signals/?state=explained", f"/signals/{signal.pk}/", "/overview/"):
        assert "event: Near" in client.get(path).text, path
    (row,) = client.get("/api/v1/signals/", {"state": "explained"}).json()["results"]
    assert (row["explanation"], row["event"]) == ("", "Near")
    client.post(undo_of(answer))
    signal.refresh_from_db()
    assert (signal.state, signal.event) == ("open", None)


def test_an_explanation_by_an_event_follows_it_when_it_is_changed_as_long_as_it_concerns_the_signal(
    creative,
    media,
    coo,
    jobs,
):
    event, signal = make.event(creative), Signal.objects.get()
    explain(signal, "", event=event, by=coo, at=NOW)
    fields = {"title": "Fire drill", "starts_on": event.starts_on, "by": coo, "at": NOW}
    changed = change_event(event, departments=[creative], **fields)
    assert Signal.objects.get().event == changed
    back = restore_event(event, instead_of=changed, by=coo, at=NOW)
    assert Signal.objects.get().event == back
    change_event(back, departments=[media], **fields | {"title": "Secret of Media"})
    assert Signal.objects.get().event == back


def test_an_event_that_was_removed_explains_nothing_new_and_is_marked_where_it_did(client, coo, creative, jobs):
    event, signal = make.event(creative), Signal.objects.get()
    explain(signal, "", event=event, by=coo, at=NOW)
    remove_event(event, by=coo, at=NOW)
    client.force_login(coo)
    assert "event: Power cut (changed or removed since)" in client.get(f"/signals/{signal.pk}/").text
    client.post(f"/signals/{signal.pk}/", {"words": "Still so.", "event": event.pk})
    assert Signal.objects.get().said == "“Still so.”, event: Power cut"
    gone = make.event(creative, title="Gone", superseded_at=NOW)
    with pytest.raises(EventSuperseded):
        explain(signal, "", event=gone, by=coo, at=NOW)


def test_undoing_a_change_of_an_explanation_brings_the_event_back(client, coo, creative, jobs):
    event, page = make.event(creative, starts_on=make.weeks_ago(1)), f"/signals/{Signal.objects.get().pk}/"
    client.force_login(coo)
    client.post(page, {"words": "", "event": event.pk}, follow=True)
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        answer = client.post(page, {"words": "Something else"}, follow=True)
        assert Signal.objects.get().event is None
        client.post(undo_of(answer))
    assert Signal.objects.get().said == "event: Power cut"


def test_an_event_that_was_changed_is_not_said_again_by_who_still_sees_it_as_it_was(creative, coo, jobs):
    event, stale = make.event(creative), Signal.objects.get()
    explain(stale, "", event=event, by=coo, at=NOW)
    changed = change_event(event, title="Fire drill", starts_on=event.starts_on, departments=[creative], by=coo, at=NOW)
    with pytest.raises(EventSuperseded):
        explain(stale, "Again", event=event, by=coo, at=NOW)
    assert Signal.objects.get().event == changed


def test_a_signal_is_explained_by_words_or_an_event_or_not_at_all(creative, jobs):
    event = make.event(creative)
    for fields in ({"explained_at": NOW}, {"event": event}, {"explanation": "So"}):
        with pytest.raises(IntegrityError, match="signal_explained_with_words_or_an_event"), transaction.atomic():
            Signal.objects.update(**fields)


# --- On the chart


def seen_on(client, query=""):
    """What the chart's list of events names, and what its values' table names in the periods."""
    page = client.get(f"/kpis/jobs/?department=creative{query}").text
    listed = page.partition('class="happened')[2].partition("</ol>")[0]
    return listed, page.partition("<tbody>")[2].partition("</tbody>")[0]


def test_an_event_stands_on_the_chart_below_it_and_in_the_table_with_its_text_inert(client, coo, creative, media, jobs):
    make.event(creative, title="A <b>launch</b>", starts_on=make.weeks_ago(3), ends_on=make.weeks_ago(2))
    make.event(creative, title="Of other numbers", starts_on=make.weeks_ago(3), kpis=[make.kpi(creative)])
    make.event(media, title="Of Media", starts_on=make.weeks_ago(3))
    make.event(title="To come", starts_on=TODAY + timedelta(days=1))
    make.event(title="Long ago", starts_on=make.weeks_ago(60))
    client.force_login(coo)
    listed, table = seen_on(client)
    assert "A &lt;b&gt;launch&lt;/b&gt;" in listed
    assert listed.count("<li>") == 1
    assert table.count(">A</span> A &lt;b&gt;launch&lt;/b&gt;") == 2  # two weeks
    assert "<b>launch" not in client.get("/kpis/jobs/").text
    lines = client.get("/kpis/jobs/table.csv").text.splitlines()
    assert lines[0].endswith(",explained,events")
    assert sum(line.endswith(",,A <b>launch</b>") for line in lines) == 2


def test_what_a_formula_says_has_the_events_of_all_that_it_is_made_of(client, coo, creative, jobs):
    share = make.formula(creative, code="share", expression="jobs × 100", unit="")
    make.formula(creative, code="half", expression="share ÷ 2", unit="")
    for title, kpi in (("Of an input", jobs), ("In between", share), ("Of another", make.kpi(creative))):
        make.event(creative, title=title, starts_on=make.weeks_ago(3), kpis=[kpi])
    client.force_login(coo)
    page = client.get("/kpis/half/?department=creative").text
    listed = page.partition('class="happened')[2].partition("</ol>")[0]
    assert ("Of an input" in listed, "In between" in listed, "Of another" in listed) == (True, True, False)
    asked = client.get("/api/v1/series/", {"kpi": "half", "department": "creative"}).json()["events"]
    assert {each["title"] for each in asked} == {"Of an input", "In between"}
    assert "In between" not in client.get("/kpis/jobs/?department=creative").text


def test_a_signal_of_a_formula_is_explained_by_an_event_of_its_input_and_follows_it(client, coo, creative, jobs):
    half = make.formula(creative, code="half", expression="jobs ÷ 2", unit="")
    signal, event = make.signal(half, creative), make.event(creative, starts_on=make.weeks_ago(2), kpis=[jobs])
    client.force_login(coo)
    client.post(f"/signals/{signal.pk}/", {"words": "", "event": event.pk})
    fields = {"title": "Fire drill", "starts_on": event.starts_on, "departments": [creative], "by": coo, "at": NOW}
    changed = change_event(event, kpis=[jobs], **fields)
    signal.refresh_from_db()
    assert signal.event == changed


def test_a_series_of_the_api_has_its_events_as_they_are_and_as_they_were_known(client, coo, creative, jobs):
    fields = {"starts_on": make.weeks_ago(3), "recorded_at": NOW - timedelta(days=3)}
    make.event(creative, title="Before", superseded_at=NOW - timedelta(days=1), **fields)
    make.event(creative, title="Now", ends_on=make.weeks_ago(2), **fields | {"recorded_at": NOW - timedelta(days=1)})
    client.force_login(coo)

    def asked(**more):
        found = client.get("/api/v1/series/", {"kpi": "jobs", "department": "creative", **more}).json()["events"]
        return [(each["title"], each["first"], each["last"]) for each in found]

    first, last = str(make.weeks_ago(3)), str(make.weeks_ago(2))
    then = str((NOW - timedelta(days=2)).date())
    assert asked() == [("Now", first, last)]
    assert asked(**{"from": str(make.weeks_ago(1))}) == []
    assert asked(to=str(make.weeks_ago(4))) == []
    assert asked(as_known_on=then) == []  # no value was known, so there was no chart
    make.observations(jobs, creative, {make.weeks_ago(4): 41}, at=NOW - timedelta(days=4), reference="early")
    assert asked(as_known_on=then) == [("Before", first, first)]
    assert "Before" in client.get(f"/kpis/jobs/?as_known_on={then}").text
    assert "Before" not in client.get("/kpis/jobs/").text


def test_an_explanation_shows_at_the_points_of_its_signal(client, coo, creative, jobs):
    signal = Signal.objects.get()
    client.force_login(coo)
    assert "a ring: explained" not in client.get("/kpis/jobs/").text
    explain(signal, "The printer <b>stood</b> still.", by=coo, at=NOW)
    for place in ("creative", "agency"):  # the only one below: it is the same process
        page = client.get(f"/kpis/jobs/?department={place}").text
        assert page.count("<div>“The printer &lt;b&gt;stood&lt;/b&gt; still.” (Coo)</div>") == 1
        assert "a ring: explained" in page
    assert "The printer" not in client.get("/kpis/jobs/?grain=month").text  # signals are of weeks


def test_a_note_shows_where_its_kind_of_signal_shows_and_nowhere_else():
    first, last = make.weeks_ago(3), make.weeks_ago(2)
    concern, missing = Note("concern", first, last, "So", "Coo"), Note("missing", first, last, "So", "Coo")
    assert concern.shows_at(last, "concern", is_missing=False)
    assert not concern.shows_at(last, "improvement", is_missing=False)
    assert not concern.shows_at(make.weeks_ago(1), "concern", is_missing=False)
    assert missing.shows_at(first, "common_cause", is_missing=True)
    assert not missing.shows_at(first, "concern", is_missing=False)
    assert missing._replace(kind="late").shows_at(first, "concern", is_missing=False)


def test_what_explained_a_signal_then_is_shown_as_known_then(client, coo, creative, jobs):
    jobs.history.update(history_date=NOW - timedelta(days=30))
    signal, at = Signal.objects.get(), NOW + timedelta(days=3)
    explain(signal, "First.", by=coo, at=at)
    explain(signal, "Second.", by=coo, at=at + timedelta(days=2))
    take_back(signal, undoes=signal.history.first(), by=coo, at=at + timedelta(days=4))
    with time_machine.travel(NOW + timedelta(days=9), tick=False):
        client.force_login(coo)

        def told(after):
            page = client.get(f"/kpis/jobs/?as_known_on={(NOW + timedelta(days=after)).date()}").text
            return [word for word in ("First", "Second") if f"“{word}.”" in page]

        assert [told(after) for after in (2, 3, 5, 7)] == [[], ["First"], ["Second"], []]


def test_of_what_was_said_at_one_moment_the_last_counts_as_known_then(client, coo, creative, jobs):
    jobs.history.update(history_date=NOW - timedelta(days=30))
    for said in ("First.", "Second."):
        explain(Signal.objects.get(), said, by=coo, at=NOW)
    with time_machine.travel(NOW + timedelta(days=9), tick=False):
        client.force_login(coo)
        for path in ("/kpis/jobs/?", "/signals/?state=all&", "/overview/?"):
            page = client.get(f"{path}as_known_on={NOW.date()}").text
            assert ("“Second.”" in page, "“First.”" in page) == (True, False), path


def test_as_known_before_a_correction_an_explanation_names_the_event_as_it_was_called(client, coo, creative, jobs):
    jobs.history.update(history_date=NOW - timedelta(days=30))
    day, event = timedelta(days=1), make.event(creative, kpis=[make.kpi(creative, code="other"), jobs])
    explain(Signal.objects.get(), "", event=event, by=coo, at=NOW + day)
    named = {"starts_on": event.starts_on, "departments": [creative], "kpis": [jobs]}
    changed = change_event(event, title="Fire drill", **named, by=coo, at=NOW + 3 * day)
    with time_machine.travel(NOW + 6 * day, tick=False):
        client.force_login(coo)
        for at, title in ((2, "Power cut"), (4, "Fire drill")):
            for path in ("/kpis/jobs/?", "/signals/?state=all&when=all&"):
                text = client.get(f"{path}as_known_on={(NOW + at * day).date()}").text
                assert f"event: {title}" in text, (at, path)
    assert Signal.objects.get().event == changed


def test_as_known_then_an_explanation_shows_where_its_signal_lay_then(client, coo, creative, jobs):
    jobs.history.update(history_date=NOW - timedelta(days=30))
    explain(Signal.objects.get(), "Known.", by=coo, at=NOW)
    Signal.objects.update(first=TODAY, last=TODAY, known=TODAY)  # as new limits may move it
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        client.force_login(coo)
        text = client.get(f"/signals/?state=all&when=all&as_known_on={(NOW + timedelta(days=1)).date()}").text
    assert "“Known.”" in text


def test_what_explains_a_missing_value_stands_in_its_row_until_it_comes(client, coo, creative):
    calls, week = make.kpi(creative, code="jobs", starts_on=make.weeks_ago(9)), make.weeks_ago(2)
    make.observations(calls, creative, {make.weeks_ago(n): 5 for n in (1, 3)})
    followed()
    explain(Signal.objects.get(kind="missing", first=week), "Nobody was here.", by=coo, at=NOW)
    client.force_login(coo)
    row = seen_on(client)[1].partition(f'id="{week}"')[2].partition("</tr>")[0]
    assert "“Nobody was here.” (Coo)" in row
    make.observations(calls, creative, {week: 5})
    drain(now=NOW)
    assert "Nobody was here" not in client.get("/kpis/jobs/").text


def test_moving_ranges_are_shown_on_demand_with_a_table(client, coo, creative, jobs):
    client.force_login(coo)
    page = client.get("/kpis/jobs/").text
    assert ('href="?ranges=1#ranges"' in page, "Moving ranges as a table" in page) == (True, False)
    page = client.get("/kpis/jobs/?ranges=1&department=creative").text
    assert "1 of 19 ranges left out of the mean range" in page
    assert page.partition("Moving ranges as a table")[2].partition("</table>")[0].count("<tr>") == 21
    assert 'href="?department=creative">Hide moving ranges' in page
    assert client.get("/kpis/jobs/?ranges=yes").status_code == 400


def test_events_and_notes_cost_a_page_two_queries(client, coo, creative, jobs, django_assert_num_queries):
    client.force_login(coo)
    client.get("/kpis/jobs/")
    with CaptureQueriesContext(connection) as bare:
        client.get("/kpis/jobs/?ranges=1")
    asked = [query["sql"] for query in bare if "kpis_event" in query["sql"]]
    assert len(asked) == 2
    signal = Signal.objects.get()
    for number in range(3):
        event = make.event(creative, title=f"Event {number}", starts_on=make.weeks_ago(number + 1))
    explain(signal, "So.", event=event, by=coo, at=NOW)
    with django_assert_num_queries(len(bare)):
        client.get("/kpis/jobs/?ranges=1")
