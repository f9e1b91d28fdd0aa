"""Django's way of sending mail, and a word on whether a mail that failed may have arrived all the same."""

import smtplib

from django.core.mail.backends import smtp


class Handing:
    """`handed_over`: the server was given the text of a mail, or began to be. What it did with it, only it can say."""

    handed_over = False

    def data(self, msg):
        self.handed_over = True
        return super().data(msg)


class Plain(Handing, smtplib.SMTP):
    pass


class Encrypted(Handing, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    @property
    def connection_class(self):
        return Encrypted if self.use_ssl else Plain
