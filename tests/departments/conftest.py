import pytest

from tests.mailserver import MailServer


@pytest.fixture
def post_office(settings):
    """A mail server that takes what is sent from here."""
    with MailServer() as server:
        settings.EMAIL_BACKEND = "departments.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server
