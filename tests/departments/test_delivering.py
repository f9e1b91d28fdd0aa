"""From notifications to mail that a real server has received."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from departments.models import Delivery, Mailing, Mute, Notification, User
from departments.services import delivering
from departments.services.delivering import deliver, send_again
from tests import make
from tests.clock import NOW

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 19, 7, 0, tzinfo=UTC)  # eight o'clock in Berlin, the day after NOW


@pytest.fixture
def head(creative):
    return make.head(creative, "head", email="head@example.org")


def at(moment) -> int:
    return deliver(clock=lambda: moment)


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


# --- When ---------------------------------------------------------------------------------------


def test_a_digest_waits_for_the_morning_and_tells_of_everything_once(head, post_office):
    for subject in ("First", "Second"):
        make.notification(head, subject=subject)
    assert [at(NOW), at(MORNING - timedelta(seconds=1)), at(MORNING), at(MORNING), at(NOW + timedelta(days=9))] == [
        0, 0, 1, 0, 0,
    ]  # fmt: skip
    (mail,) = post_office.received
    assert (mail["To"], mail["Subject"]) == ("head@example.org", "2 notifications: First, …")
    text = mail.get_body(("plain",)).get_content()
    assert text.index("First") < text.index("Second")


def test_what_is_urgent_goes_at_once_and_alone(head, post_office):
    make.notification(head, subject="Calm")
    make.notification(head, subject="Urgent", urgent=True)
    assert at(NOW) == 1
    assert post_office.subjects() == ["Urgent"]
    at(MORNING)
    assert post_office.subjects() == ["Urgent", "Calm"]


def test_who_wants_each_at_once_gets_it_at_once(head, post_office):
    Mailing.objects.create(user=head, rhythm="at_once")
    make.notification(head)
    assert at(NOW) == 1


def test_the_digest_comes_at_the_hour_that_was_chosen_on_working_days_alone(head, post_office):
    Mailing.objects.create(user=head, hour=17)
    make.holiday(date(2026, 11, 18))
    make.holiday(date(2026, 11, 19))
    make.notification(head)
    hours = [MORNING + timedelta(hours=hour) for hour in range(-24, 96)]
    assert [hour for hour in hours if at(hour)] == [datetime(2026, 11, 20, 16, 0, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("zone", "friday"),
    [
        ("Europe/Berlin", date(2026, 3, 27)),
        ("Europe/Berlin", date(2026, 10, 23)),
        ("America/New_York", date(2026, 3, 6)),
        ("America/New_York", date(2026, 10, 30)),
        ("Australia/Lord_Howe", date(2026, 4, 3)),
        ("Australia/Lord_Howe", date(2026, 10, 2)),
    ],
)
def test_over_daylight_saving_there_is_one_digest_each_working_day_at_eight(head, post_office, settings, zone, friday):
    settings.TIME_ZONE = zone
    begin, sent = datetime.combine(friday, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC), []
    for step in range(5 * 48):  # half an hour each, from Friday to Tuesday
        moment = begin + timedelta(minutes=30 * step)
        make.notification(head, at=moment)
        if at(moment):
            sent.append(moment.astimezone(ZoneInfo(zone)).strftime("%a %H:%M"))
    assert sent == ["Fri 08:00", "Mon 08:00", "Tue 08:00"]


def test_a_worker_that_comes_late_sends_one_digest_with_what_came_meanwhile(head, post_office):
    make.notification(head)
    make.notification(head, at=MORNING + timedelta(hours=1))
    assert at(MORNING + timedelta(hours=2)) == 1
    assert Notification.objects.pending().count() == 0


# --- To whom ------------------------------------------------------------------------------------


def because() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("state", "trouble"))


def test_what_somebody_wants_no_mail_about_is_left_out_and_says_why(head, post_office):
    Mute.objects.create(user=head, kind="comment", muted_at=NOW)
    make.notification(head, kind="comment")
    make.notification(head, kind="mention")
    seen = make.notification(head, kind="mention")
    Notification.objects.filter(pk=seen.pk).read(at=NOW)
    at(NOW)
    assert sorted(because()) == [
        ("omitted", "It was read before it was sent."),
        ("omitted", "This person muted the kind."),
    ]
    at(MORNING)
    assert len(post_office.received) == 1
    assert states().count("sent") == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_active": False}, "This person is not here any more."),
        ({"leaves_on": date(2026, 11, 17)}, "This person is not here any more."),
        ({"email": ""}, "This person has no e-mail address."),
    ],
)
@pytest.mark.parametrize("meanwhile", [False, True], ids=["before", "in the queue"])
def test_a_leaver_gets_nothing_though_it_was_meant_for_them(head, post_office, change, why, meanwhile):
    make.notification(head, urgent=True)
    if meanwhile:
        delivering.collect(now=NOW)
    User.objects.filter(pk=head.pk).update(**change)
    assert at(NOW) == 0
    assert because() == [("omitted", why)]
    assert post_office.received == []


def test_who_wants_no_mail_gets_none_and_still_has_it_in_the_list(head, post_office):
    Mailing.objects.create(user=head, is_on=False)
    make.notification(head, urgent=True)
    at(NOW)
    assert because() == [("omitted", "This person wants no e-mail.")]
    assert head.notifications.unread().count() == 1


# --- What -----------------------------------------------------------------------------------


def test_it_is_html_and_text_says_why_and_leads_back(head, post_office):
    told = make.notification(head, text="Two\n\nparagraphs", why="You head Creative.", urgent=True)
    at(NOW)
    (mail,) = post_office.received
    for kind in ("plain", "html"):
        said = mail.get_body((kind,)).get_content()
        for part in (
            "You head Creative.",
            f"http://127.0.0.1:8000/notifications/{told.pk}/",
            "/notifications/settings/",
        ):
            assert part in said
    assert "<p>paragraphs</p>" in mail.get_body(("html",)).get_content()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == f"<{Delivery.objects.get().message_id}>"
    assert mail["From"] == "Opsroom <opsroom@localhost>"


def test_programs_that_read_mail_can_mute_what_is_in_it_with_one_post(head, post_office, client):
    make.notification(head, kind="comment", urgent=True)
    make.notification(head, kind="mention", urgent=True)
    at(NOW)
    (mail,) = post_office.received
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = mail["List-Unsubscribe"].strip(" <>").removeprefix("http://127.0.0.1:8000")
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert set(head.mutes.values_list("kind", flat=True)) == {"comment", "mention"}


def test_text_is_inert_in_html_and_as_it_was_in_text(head, post_office):
    make.notification(head, subject="<b>Rival</b> & Co", text="<script>alert(1)</script>", why="<i>", urgent=True)
    at(NOW)
    (html,), (text,) = post_office.texts("html"), post_office.texts()
    assert "&lt;b&gt;Rival&lt;/b&gt; &amp; Co" in html
    assert [part for part in ("<script", "<b>", "<i>") if part in html] == []
    assert "<b>Rival</b> & Co" in text
    assert post_office.subjects() == ["<b>Rival</b> & Co"]


def test_a_line_break_in_a_subject_adds_no_header_and_no_receiver(head, post_office):
    told = make.notification(head, subject="Due\r\nBcc: rival@example.org", urgent=True)
    at(NOW)
    (mail,) = post_office.received
    assert (mail["Bcc"], mail["Subject"]) == (None, "Due Bcc: rival@example.org")
    Notification.objects.filter(pk=told.pk).update(subject="Past\nBcc: rival@example.org")  # past the front door
    Delivery.objects.update(state="unsure", sent_at=None)
    send_again(Delivery.objects.all(), at=NOW)
    at(NOW)
    assert len(post_office.received) == 1
    assert "BadHeaderError" in Delivery.objects.get().trouble


def test_a_long_digest_lists_the_first_and_leads_to_the_rest(head, post_office):
    for number in range(52):
        make.notification(head, subject=f"Number {number} of many")
    at(MORNING)
    (text,) = post_office.texts()
    assert ("Number 49 of" in text, "Number 50 of" in text, "2 more: http://127.0.0.1:8000/notifications/" in text) == (
        True, False, True,
    )  # fmt: skip


# --- When something goes wrong ------------------------------------------------------------------


def test_a_refusal_is_tried_again_after_longer_and_longer_and_then_failed(head, post_office):
    post_office.refused["head@example.org"] = "450 try later"
    make.notification(head, urgent=True)
    moment, waited = NOW, []
    while Delivery.objects.exclude(state="failed").exists() or not waited:
        at(moment)
        delivery = Delivery.objects.get()
        assert "450" in delivery.trouble
        waited.append((delivery.due_at - moment).total_seconds() / 60)
        moment = max(delivery.due_at, moment)
    assert waited == [1, 5, 15, 60, 0]
    assert delivery.tries == 5
    assert at(moment + timedelta(days=1)) == 0


@pytest.mark.parametrize("answer", ["451 greylisted", "554 looks like spam"])
def test_a_text_that_was_refused_is_tried_again(head, post_office, answer):
    post_office.answers.append(answer)
    make.notification(head, urgent=True)
    assert [at(NOW), at(NOW), at(NOW + timedelta(minutes=1))] == [0, 0, 1]
    assert (states(), len(post_office.received)) == (["sent"], 1)


def test_no_server_is_no_mail_and_no_harm(head, settings):
    settings.EMAIL_BACKEND = "departments.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody
    make.notification(head, urgent=True)
    at(NOW)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.due_at) == ("waiting", NOW + timedelta(minutes=1))
    assert "ConnectionRefusedError" in delivery.trouble


def test_where_nobody_answers_the_rest_waits_for_the_next_time(head, coo, settings):
    settings.EMAIL_BACKEND = "departments.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    User.objects.filter(pk=coo.pk).update(email="coo@example.org")
    for person in (head, coo):
        make.notification(person, urgent=True)
    at(NOW)
    assert sorted(Delivery.objects.values_list("tries", flat=True)) == [0, 1]


def test_a_server_that_hung_up_with_the_text_in_hand_may_have_it_so_it_is_not_sent_again(head, post_office):
    post_office.answers.append("hang up")
    make.notification(head, urgent=True)
    assert [at(NOW), at(NOW + timedelta(days=1))] == [0, 0]
    assert (states(), post_office.received) == (["unsure"], [])
    assert send_again(Delivery.objects.all(), at=NOW) == 1
    assert at(NOW) == 1
    assert (states(), len(post_office.received)) == (["sent"], 1)


def test_what_a_dead_worker_left_behind_is_unsure_and_not_sent_again(head, post_office):
    left = make.delivery(head, state="sending", taken_at=NOW)
    at(NOW + delivering.LONGEST)
    assert states() == ["sending"]
    at(NOW + delivering.LONGEST + timedelta(seconds=1))
    left.refresh_from_db()
    assert (left.state, post_office.received) == ("unsure", [])
    assert "ended before" in left.trouble


def test_a_worker_that_was_given_up_but_lived_still_says_how_it_went(head, post_office, monkeypatch):
    post, clock = delivering.post, iter([NOW] * 3 + [NOW + timedelta(hours=1)] * 9)

    def slow(delivery):
        delivering.give_up_on_those_left_behind(now=NOW + timedelta(hours=1))
        assert states() == ["unsure"]
        post(delivery)

    monkeypatch.setattr(delivering, "post", slow)
    make.notification(head, urgent=True)
    deliver(clock=lambda: next(clock))
    assert states() == ["sent"]


def test_only_what_failed_or_may_have_is_sent_again(head):
    for state in ("waiting", "sending", "sent", "failed", "unsure", "omitted"):
        make.delivery(head, state=state)
    assert send_again(Delivery.objects.all(), at=NOW) == 2
