from django.db import transaction

from kpis import tasks


class Waking:
    """What is saved here may leave marks: the worker hears of it when it is committed, and need not wait for beat."""

    def save_model(self, *args, **kwargs):
        super().save_model(*args, **kwargs)
        transaction.on_commit(tasks.wake)
