"""The embedded broker takes what it cannot read for nothing: rows are the queue."""

from queue import Empty

import pytest
from kombu import Connection


@pytest.fixture
def channel(tmp_path):
    folder = tmp_path / "broker"
    folders = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(tmp_path / "control"),
    }
    with Connection(transport="config.broker:Transport", transport_options=folders) as connection:
        yield connection.channel(), folder


def test_a_message_goes_into_the_folder_and_comes_out_once(channel):
    queue, folder = channel
    queue._put("celery", {"body": "wake"})
    assert queue._get("celery") == {"body": "wake"}
    with pytest.raises(Empty):
        queue._get("celery")


@pytest.mark.parametrize("text", ["", '{"body": "wa'])
def test_a_message_found_while_it_was_being_written_is_none(channel, text):
    queue, folder = channel
    queue._put("celery", {"body": "wake"})
    (message,) = folder.glob("*.msg")
    message.write_text(text)
    with pytest.raises(Empty):
        queue._get("celery")
    queue._put("celery", {"body": "wake"})
    assert queue._get("celery") == {"body": "wake"}
