"""Handing one delivery to the other side: a mail server, or a webhook."""

import json
import smtplib
from contextlib import suppress
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core import mail

from departments.models import Delivery
from departments.services.mails import address, digest

REFUSALS = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)
SLACK = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})  # nothing in a text calls a channel, or is a link


class NotSent(Exception):
    """It was refused, or nobody was there to take it: it can be tried again."""


class Unsure(Exception):
    """It was given away, and no answer came: it may have arrived."""


def post(delivery: Delivery):
    """Raises NotSent or Unsure."""
    (post_mail if delivery.channel == Delivery.Channel.EMAIL else post_to_webhook)(delivery)


def post_mail(delivery: Delivery):
    connection = mail.get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(in_words(error)) from error
    try:
        connection.send_messages([digest(delivery)])
    except Exception as error:
        handed_over = getattr(getattr(connection, "connection", None), "handed_over", False)
        if handed_over and not isinstance(error, REFUSALS):
            raise Unsure(in_words(error)) from error
        raise NotSent(in_words(error)) from error
    finally:
        with suppress(OSError, smtplib.SMTPException):
            connection.close()


class Stay(HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def post_to_webhook(delivery: Delivery):
    said = delivery.about
    text = f"{said.subject.translate(SLACK)}\n{address(said.url)}"
    headers = {"Content-Type": "application/json", "User-Agent": "Opsroom"}
    request = Request(delivery.webhook.url, json.dumps({"text": text}).encode(), headers)  # noqa: S310 (http, https)
    try:
        with build_opener(Stay).open(request, timeout=settings.EMAIL_TIMEOUT):
            pass
    except HTTPError as error:
        raise NotSent(f"It answered {error.code}.") from error
    except (URLError, ValueError) as error:
        raise NotSent(in_words(error)) from error
    except (OSError, HTTPException) as error:
        raise Unsure(in_words(error)) from error


def in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
