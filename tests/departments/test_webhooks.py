"""What a chat is told: a small server that listens, and answers what it is told to."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from departments.models import Delivery, Webhook
from departments.services.delivering import deliver
from tests import make
from tests.clock import NOW
from tests.console import errors


@pytest.fixture
def chat():
    """Has `heard` what was posted; `answers` come before 200."""

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self):  # noqa: N802
            answer = server.answers.pop(0) if server.answers else 200
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if answer == "hang up":
                return self.connection.close()
            if answer == 200:
                server.heard.append(json.loads(body))
            self.send_response(answer)
            self.send_header("Location", "/elsewhere")
            return self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Chat)
    server.heard, server.answers = [], []
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def slack(db, chat):
    return make.webhook(url=f"http://127.0.0.1:{chat.server_port}/hook")


def run():
    return deliver(clock=lambda: NOW)


def states():
    return list(Delivery.objects.filter(channel="webhook").values_list("state", flat=True))


def test_a_chat_is_told_once_with_the_way_back(chat, slack, coo, ceo):
    for person in (coo, ceo):
        make.notification(person, key="status-missing:creative", subject="The status of Creative is missing")
    assert [run(), run()] == [1, 0]
    assert chat.heard == [{"text": "The status of Creative is missing\nhttp://127.0.0.1:8000/overview/"}]
    assert states() == ["sent"]


def test_nothing_in_a_text_calls_a_channel(chat, slack, coo):
    make.notification(coo, subject="<!channel> & <https://rival.example|click>")
    run()
    assert chat.heard[0]["text"].startswith("&lt;!channel&gt; &amp; &lt;https://rival.example|click&gt;")


@pytest.mark.parametrize(
    ("answer", "state"), [(500, "waiting"), (404, "waiting"), (302, "waiting"), ("hang up", "unsure")]
)
def test_what_is_refused_is_tried_again_and_what_may_have_arrived_is_not(chat, slack, coo, answer, state):
    chat.answers.append(answer)
    make.notification(coo)
    assert (run(), states(), chat.heard) == (0, [state], [])


def test_a_chat_that_is_away_does_not_keep_mail(chat, coo, post_office):
    make.webhook(url="http://127.0.0.1:9/hook")
    coo.email = "coo@example.org"
    coo.save()
    make.notification(coo, urgent=True)
    assert run() == 1
    assert (states(), len(post_office.received)) == (["waiting"], 1)


def test_a_webhook_that_was_turned_off_meanwhile_hears_nothing(chat, slack, coo):
    make.notification(coo)
    Webhook.objects.update(is_on=False)
    run()
    assert (chat.heard, states()) == ([], ["omitted"])


def test_an_administrator_says_what_a_chat_is_told(client, administrator):
    client.force_login(administrator)
    add = "/admin/departments/webhook/add/"
    sent = {"name": "Ops", "url": "https://chat.example.org/x", "kinds": ["mention"], "is_on": "on"}
    assert client.post(add, sent).status_code == 302
    made = Webhook.objects.get()
    assert (made.kinds, made.history.get().history_user) == (["mention"], administrator)
    assert "expected an address with https://" in errors(client.post(add, sent | {"url": "ftp://chat.example.org"}))
