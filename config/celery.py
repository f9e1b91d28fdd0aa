import logging
import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("opsroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Rows are the queue: beat only sweeps up what a lost wake-up left behind.
app.conf.beat_schedule = {
    "drain": {"task": "kpis.tasks.drain", "schedule": 5.0},
    "deliver": {"task": "departments.tasks.deliver", "schedule": 30.0},
    "uploads": {"task": "kpis.tasks.take_up_uploads", "schedule": 5.0},
    "chase": {"task": "meetings.tasks.chase", "schedule": 60.0},
    "escalate": {"task": "issues.tasks.escalate", "schedule": 60.0},
    "bring back": {"task": "issues.tasks.bring_back", "schedule": 60.0},
    "remind": {"task": "issues.tasks.remind", "schedule": 60.0},
    "invite": {"task": "meetings.tasks.invite", "schedule": 600.0},
    "draft memos": {"task": "meetings.tasks.draft_memos", "schedule": 300.0},
    "remind of risks": {"task": "issues.tasks.remind_of_risks", "schedule": 300.0},
    "tell effects": {"task": "issues.tasks.tell_effects", "schedule": 600.0},
    "clear uploads": {"task": "kpis.tasks.clear_uploads", "schedule": crontab(minute=17)},
    "clear notifications": {"task": "departments.tasks.clear_notifications", "schedule": crontab(hour=2, minute=37)},
    "verify": {"task": "kpis.tasks.verify", "schedule": crontab(hour=3, minute=7), "options": {"expires": 3600}},
}


def in_one_line(record: logging.LogRecord) -> bool:
    """That the broker is away is told in a line each time: where in the library it was noticed helps nobody."""
    record.msg, record.args, record.exc_info = record.getMessage().partition("\n")[0], (), None
    return True


for name in ("celery.beat", "celery.worker.consumer.consumer", "celery.worker.request"):
    logging.getLogger(name).addFilter(in_one_line)
