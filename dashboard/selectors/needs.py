"""What waits for somebody, as the overview says it."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone

from dashboard.selectors.between import added
from dashboard.selectors.row import Row
from departments.models import Department
from issues.services.telling import TO_DO
from kpis.selectors.freshness import moment
from kpis.selectors.judged import Line
from meetings import weeks

NAMED = 2  # KPIs that a need calls by name
Since = Callable[[Line], str]  # a line in words, with when it last had a value


class Need(NamedTuple):
    """Something that waits for somebody: what, since when or how much, and the one thing to do about it."""

    kind: str
    title: str
    detail: str
    department: Department
    action: str
    view: str
    counted: str = ""  # the lines it is about
    url: str = ""  # where to go, where that is not a view of the department


def needs(rows: list[Row], *, silent: list[Row], week: date, since: Since) -> list[Need]:
    """`silent`: those whose status of the week is not in, and of which that is told."""
    found = [not_sent(row, week) for row in silent]
    unreported = sorted((row for row in rows if row.missing), key=lambda row: -len(row.missing))
    found += [not_reported(row, since) for row in unreported]
    failed = sorted((row for row in rows if row.keeps_missing), key=lambda row: -len(row.keeps_missing))
    found += [failing(row) for row in failed]
    headless = [row.department for row in rows if row.head is None and (row.lines or row.department.parent_id)]
    return found + ([without_head(headless)] if headless else [])


def between_needs(rows: list[Row], agency: Department) -> list[Need]:
    """What is stuck with departments, the longest first; what waits for the COO, is overdue, or is risked."""
    stuck = sorted((row for row in rows if row.stuck), key=lambda row: row.stuck[1]["since"])
    own, found = added([agency]), [stuck_with(*row.stuck, late=row.late) for row in stuck]
    if waiting := getattr(agency, "mediations", None):
        found.append(mediated(agency, waiting, "waits for the COO", "wait for the COO", "Propose terms, or decide."))
    if back := getattr(agency, "follow_ups", None):
        found.append(mediated(agency, back, "came back", "came back", "Say whether what was settled is held."))
    if own["balls"]:
        found.append(waiting_for_coo(agency, own["balls"], own["late"]))
    overdue = [row for row in rows if row.overdue]
    if overdue:
        title = f"{several(overdue, 'overdue', 'commitment')} overdue"
        where = f"{reverse('issues:commitments')}?state=overdue"
        found.append(Need("risk", title, by_department(overdue, "overdue"), agency, "Open", "", url=where))
    risky = [row for row in rows if row.risks]
    if risky:
        title = f"{several(risky, 'risks', 'risk')} above what is accepted"
        where = f"{reverse('issues:risks')}?above=yes"
        found.append(Need("risk", title, by_department(risky, "risks"), agency, "Open", "", url=where))
    return found


def mediated(agency: Department, told: dict, one: str, more: str, todo: str) -> Need:
    """`told`: which issue comes first, and of how many."""
    issue, count = told["issue"], told["count"]
    where = reverse("issues:mediation", args=[issue])
    if count == 1:
        return Need("risk", f"The mediation of #{issue} {one}", todo, agency, "Open", "", url=where)
    return Need("risk", f"{count} mediations {more}", f"#{issue} first. {todo}", agency, "Open", "", url=where)


def several(rows: list[Row], name: str, noun: str) -> str:
    """“3 commitments are”, “1 risk is”"""
    number = sum(getattr(row, name) for row in rows)
    return f"{number} {noun}{'s are' if number > 1 else ' is'}"


def by_department(rows: list[Row], name: str) -> str:
    """“Creative 2, Media 1 and 1 more”"""
    found = sorted(rows, key=lambda row: -getattr(row, name))
    return some([f"{row.department} {getattr(row, name)}" for row in found[:NAMED]], len(found))


def stuck_with(department: Department, issue: dict, *, late: int) -> Need:
    """`late`: how many are overdue there, this one with them."""
    todo = TO_DO[issue["kind"]]
    since = timezone.localtime(moment(issue["since"]))
    title = f"{department} did not {todo} #{issue['issue']} {issue['title']}"
    detail = f"Both heads know; in their court since {since:%a} {since.day} {since:%b}."
    if late > 1:
        detail += f" {late - 1} more of theirs {'are' if late > 2 else 'is'} overdue."
    return Need("off", title, detail, department, "Open", "", url=reverse("issues:issue", args=[issue["issue"]]))


def waiting_for_coo(agency: Department, balls: int, late: int) -> Need:
    title = f"{balls} issues wait for the COO" if balls > 1 else "An issue waits for the COO"
    detail = f"{late} of them overdue." if late else "In the court of the COO."
    return Need("risk", title, detail, agency, "Open", "", url=f"{reverse('issues:list')}?ball={agency.slug}")


def not_sent(row: Row, week: date) -> Need:
    title = f"{row.department} has not sent its status of week {weeks.number(week)}"
    detail = f"{row.head} leads it." if row.head else "It has no head."
    return Need("none", title, detail, row.department, "Statuses", "meetings:history")


def not_reported(row: Row, since: Since) -> Need:
    title = f"{row.department} has not reported {of(row.missing, row.due, 'value')}"
    shown = some([since(line) for line in row.missing[:NAMED]], len(row.missing))
    return Need("none", title, shown, row.department, "Enter values", "kpis:values", "missing")


def failing(row: Row) -> Need:
    lines = sorted(row.keeps_missing, key=lambda line: -line.missed_in_a_row)
    title = f"{row.department} keeps missing {of(lines, row.judged, 'target')}"
    shown = some([f"{line.kpi} ({line.missed})" for line in lines[:NAMED]], len(lines))
    return Need("off", title, shown, row.department, "Open", "departments:detail", "off")


def without_head(departments: list[Department]) -> Need:
    first, *more = departments
    title = f"{len(departments)} departments have no head" if more else f"{first} has no head"
    detail = (
        f"{', '.join(map(str, departments))}: nobody answers for these KPIs."
        if more
        else "Nobody answers for its KPIs."
    )
    return Need("risk", title, detail, first, "Open", "departments:detail")


def of(found: list, among: list, noun: str) -> str:
    """“5 of 7 targets”, “1 of 1 value”"""
    return f"{len(found)} of {len(among)} {noun}{'' if len(among) == 1 else 's'}"


def some(names: list[str], count: int) -> str:
    """“a, b, c and 2 more”"""
    more = count - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")
