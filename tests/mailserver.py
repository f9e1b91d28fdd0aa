"""A mail server that is really there: what it was sent, and what it answers."""

import asyncio
import contextlib
import socket
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Event

from aiosmtpd.controller import Controller


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MailServer:
    """`answers` come before everything is taken: a line of SMTP, or `hang up` once the text was received.

    `held_at` the receiver, or the text, it says nothing more until it `may_go_on`.
    """

    def __init__(self):
        self.received: list[EmailMessage] = []
        self.refused: dict[str, str] = {}
        self.answers: list[str] = []
        self.held_at, self.is_held, self.may_go_on = "", Event(), Event()
        self.port = free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop()

    async def reach(self, where: str):
        if where == self.held_at:
            self.is_held.set()
            await asyncio.to_thread(self.may_go_on.wait, 20)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        await self.reach("receiver")
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "hang up":
            server.transport.abort()
        if answer.startswith("250"):
            self.received.append(message_from_bytes(envelope.content, policy=policy.default))
            await self.reach("text")
        return answer if answer != "hang up" else "250 OK"

    def texts(self, kind: str = "plain") -> list[str]:
        return [mail.get_body((kind,)).get_content() for mail in self.received]

    def subjects(self) -> list[str]:
        return [mail["Subject"] for mail in self.received]
