"""Processes at work on the database of a test, which can be killed."""

from multiprocessing import get_context

from django.db import connection, connections

fork = get_context("fork").Process


class Crew:
    """Processes that do the same over and over, each with chances of its own, until they are ended or killed."""

    def __init__(self):
        self.members = []

    def __enter__(self):
        return self

    def start(self, act, *arguments):
        connections.close_all()
        member = fork(target=on_the_same_database, args=(connection.settings_dict, act, arguments))
        member.start()
        self.members.append(member)
        return member

    def kill(self, member):
        self.members.remove(member)
        member.kill()
        member.join()

    def __exit__(self, *_):
        for member in list(self.members):
            self.kill(member)


def on_the_same_database(settings, act, arguments):
    """A browser that was driven before leaves an event loop, and connections are kept per loop: the child has none."""
    connections["default"] = connections.create_connection("default")
    connections["default"].settings_dict = settings
    act(*arguments)
