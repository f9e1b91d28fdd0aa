from departments.views.absences import AbsenceEnd, AbsenceRemoval, AbsenceRestoration, Absences
from departments.views.muting import Muting
from departments.views.notifications import MailingChange, NotificationList, Opening, Reading
from departments.views.threads import CommentAct, CommentChange, ThreadAct

__all__ = [
    "AbsenceEnd",
    "AbsenceRemoval",
    "AbsenceRestoration",
    "Absences",
    "CommentAct",
    "CommentChange",
    "MailingChange",
    "Muting",
    "NotificationList",
    "Opening",
    "Reading",
    "ThreadAct",
]
