from departments.views.absences import AbsenceEnd, AbsenceRemoval, AbsenceRestoration, Absences
from departments.views.muting import Muting
from departments.views.notifications import MailingChange, NotificationList, Opening, Reading

__all__ = [
    "AbsenceEnd",
    "AbsenceRemoval",
    "AbsenceRestoration",
    "Absences",
    "MailingChange",
    "Muting",
    "NotificationList",
    "Opening",
    "Reading",
]
