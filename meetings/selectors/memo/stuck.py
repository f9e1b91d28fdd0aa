"""New and escalated issues, the gravest first; risks to be looked at."""

from datetime import date

from django.db.models import Q
from django.urls import reverse

from issues.models import Escalation, Issue, Risk, Severity
from issues.selectors.listed import FURTHER, Listed
from issues.selectors.risks import Rated, rated
from issues.selectors.standing import Wanted, stood
from issues.selectors.then import listed_then
from issues.selectors.wording import versions_then
from issues.templatetags.issue import worked
from meetings.parts import Part
from meetings.selectors.memo.told import Drafted, Then, Told, day, several, shortened

LOOKED_AT = 200  # issues that are weighed
TAKEN_TO_COO = Escalation.Step.COO


def weighed(then: Then) -> list[Listed]:
    """Of issues that were raised or took a step since, or are with the COO: those that were open, the gravest first."""
    steps = Escalation.objects.known_at(then.at).filter(Q(at__gt=then.since) | Q(step=TAKEN_TO_COO))
    new = Q(raised_at__gt=then.since, raised_at__lte=then.at)
    found = Issue.objects.filter(new | Q(pk__in=steps.values("issue")))
    places = set(then.places)
    keys = [
        key
        for key, each in stood(found, at=then.at).items()
        if Wanted().fits(each) and {each.raiser, each.court} & places
    ]
    return sorted(listed_then(chosen(keys, then), at=then.at), key=gravest_first)


def chosen(keys: list[int], then: Then) -> list[int]:
    """Of more than are weighed those that went furthest, then the gravest as they were put, then the newest."""
    if len(keys) <= LOOKED_AT:
        return keys
    put, went = versions_then(keys, at=then.at), dict.fromkeys(keys, -1)
    for key, step in Escalation.objects.known_at(then.at).filter(issue__in=keys).values_list("issue", "step"):
        went[key] = max(went[key], FURTHER.index(step))
    keys = sorted(keys, key=lambda key: (-went[key], Severity.values.index(put[key].severity), -key))
    return keys[:LOOKED_AT]


def gravest_first(row: Listed):
    issue, step = row.issue, row.escalated
    furthest = FURTHER.index(step) if step else -1
    return -furthest, Severity.values.index(issue.severity), issue.needed_by or date.max, issue.pk


def issue_in_words(row: Listed, then: Then) -> str:
    """“New. Creative needs it from Media; with Media for 12 h of working time. With the COO.”"""
    issue, called = row.issue, then.departments
    new = "New. " if issue.raised_at > then.since else ""
    held = f"; with {called[issue.court_id]} for {worked(row.held)} of working time" if issue.court_id else ""
    step = f" {Escalation.Step(row.escalated).label}." if row.escalated else ""
    by = f" Needed by {day(issue.needed_by)}." if issue.needed_by else ""
    return f"{new}{called[issue.raiser_id]} needs it from {called[issue.owner_id]}{held}.{step}{by}"


def issues(then: Then) -> list[Drafted]:
    """An item for each."""
    return [
        Drafted(
            Part.ISSUES,
            f"#{row.issue.pk} {row.issue.title}",
            issue_in_words(row, then),
            reverse("issues:issue", args=[row.issue.pk]),
            about={"issue_id": row.issue.pk},
        )
        for row in weighed(then)
    ]


def risks(then: Then) -> Drafted:
    """Those to be looked at by then: their time is up, or their indicator shows a concern."""
    found = rated(Risk.objects.open(at=then.at).rated(at=then.at).order_by("pk"), known_at=then.at)
    due = [each for each in found if each.risk.department_id in then.places and each.waits_since(then.on)]
    due.sort(key=lambda each: (-each.residual.points, each.waits_since(then.on), each.risk.pk))
    lines = [Told(risk_in_words(each, then), each.risk.url, {"risk_id": each.risk.pk}, each.risk.owner) for each in due]
    above = sum(bool(each.is_above) for each in due)
    words = f"{several(len(due), 'risk')} to be looked at, {above} of them above what is accepted." if due else ""
    url = reverse("issues:risk-reviews")
    return Drafted(Part.RISKS, "Risks", words, url, shortened(lines, url=url, noun="risk"))


def risk_in_words(each: Rated, then: Then) -> str:
    """“A client leaves (Creative), likely × severe: to be looked at since Sat 30 May.”"""
    where, since = then.places[each.risk.department_id], day(each.waits_since(then.on))
    shown = ", its indicator shows a concern" if each.concern else ""
    return f"{each.risk.title} ({where}), {each.residual.in_words}: to be looked at since {since}{shown}."
