import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("opsroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Rows are the queue: beat only sweeps up what a lost wake-up left behind.
app.conf.beat_schedule = {
    "drain": {"task": "kpis.tasks.drain", "schedule": 5.0, "options": {"expires": 5}},
    "verify": {"task": "kpis.tasks.verify", "schedule": crontab(hour=3, minute=7), "options": {"expires": 3600}},
}
