"""The log of what was sent, for who looks after it."""

from datetime import timedelta

from departments import tasks
from departments.models import Delivery
from tests import make
from tests.clock import NOW


def test_the_log_is_read_only_and_says_what_it_told_of(client, administrator, coo):
    made = make.delivery(coo, state="failed", trouble="SMTPDataError: 554 spam", tries=5)
    make.notification(coo, key="comment:7")
    coo.notifications.update(delivery=made)
    client.force_login(administrator)
    url = f"/admin/departments/delivery/{made.pk}/change/"
    shown = client.get(url).text
    assert "554 spam" in shown
    assert "comment:7" in shown
    assert client.post(url, {"state": "sent"}).status_code == 403
    assert client.get("/admin/departments/delivery/?state__exact=failed").status_code == 200


def test_what_people_are_told_is_not_the_administrators_to_read(client, administrator, coo):
    told = make.notification(coo, text="canary-text", subject="canary-subject", key="comment:7")
    client.force_login(administrator)
    listed = "/admin/departments/notification/"
    pages = [client.get(url).text for url in (listed, f"{listed}{told.pk}/change/")]
    assert all("comment:7" in page and "canary" not in page for page in pages)


def test_what_failed_is_sent_again_by_a_person_who_says_so(
    client, administrator, coo, django_capture_on_commit_callbacks
):
    chosen = [make.delivery(coo, state=state) for state in ("failed", "unsure", "sent")]
    client.force_login(administrator)
    with django_capture_on_commit_callbacks() as callbacks:
        client.post(
            "/admin/departments/delivery/",
            {"action": "again", "_selected_action": [each.pk for each in chosen]},
        )
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == ["waiting", "waiting", "sent"]
    assert tasks.wake in callbacks
    history = client.get(f"/admin/departments/delivery/{chosen[0].pk}/history/").text
    assert "To be sent again." in history


def test_the_system_status_counts_what_waits_and_what_failed(client, administrator, coo):
    for state, ago in [("waiting", 1), ("waiting", -1), ("failed", 1), ("unsure", 1), ("sent", 1)]:
        make.delivery(coo, state=state, at=NOW - timedelta(hours=ago))
    client.force_login(administrator)
    assert client.get("/statusz?format=json").json()["deliveries"] == {
        "waiting": 2, "overdue": 1, "sending": 0, "failed": 1, "unsure": 1,
    }  # fmt: skip
    shown = client.get("/statusz").text
    assert "2 waiting, 1 failed, 1 unsure" in shown
    assert "/admin/departments/delivery/" in shown


def test_the_worker_delivers_what_is_due(coo, mailoutbox):
    coo.email = "coo@example.org"
    coo.save()
    make.notification(coo, urgent=True)
    assert tasks.deliver() == 1
    assert mailoutbox[0].to == ["coo@example.org"]
