"""Whatever happens later, a memo of then says what it said."""

from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
import time_machine

from issues.flow import Act
from issues.ledger import Act as Promise
from issues.services import assessing
from issues.services.committing import do
from issues.services.measuring import withdraw
from issues.services.moving import move
from issues.services.rewording import reword
from kpis.services.explaining import explain
from kpis.services.judging import judge
from kpis.services.rollups import drain
from meetings.parts import Part
from meetings.selectors.memo import Then, memo
from meetings.services.deciding import Decided, amend
from tests import make
from tests.clock import NOW, TODAY

MONDAY = date(2026, 11, 23)
STEADY = [10, 11, 10, 12, 9, 10, 11, 10, 9, 11, 10, 12, 10, 11, 9, 10, 11, 10, 12, 10]
LATER = NOW + timedelta(days=1)


def judged(*, on=TODAY, now=NOW):
    drain(now=now)
    judge(on=on, now=now)


class World:
    """An agency of which a memo has everything to tell."""

    def __init__(self, coo, creative, media, creative_head, media_head):
        self.coo, self.creative, self.media, self.head, self.other = coo, creative, media, creative_head, media_head
        self.series = make.series(minutes=90, starts_on=make.weeks_ago(4), sections=[(part, 5) for part in Part])
        self.kpi = make.kpi(creative, code="on-time", name="On-time delivery", direction="up")
        values = [*STEADY, 2]
        make.observations(self.kpi, creative, {make.weeks_ago(len(values) - n): v for n, v in enumerate(values)})
        self.briefs = make.kpi(creative, code="briefs", name="Briefs", direction="up")
        better = [*STEADY[:13], *(value + 10 for value in STEADY[:13])]
        make.observations(self.briefs, creative, {make.weeks_ago(26 - n): v for n, v in enumerate(better)})
        judged()
        self.measure = make.measure(self.briefs, creative, look_on=TODAY)
        self.promise = make.commitment(creative_head, media, "Send the brief", due_on=TODAY)
        self.personal = make.commitment(media_head, creative_head, "Call", due_on=TODAY)
        self.issue = make.issue(creative, media, "The issue", severity="critical")
        self.risk = make.risk(creative, inherent=(5, 5), residual=(5, 5), at=NOW - timedelta(days=200))
        self.appetite = make.appetite(at=NOW - timedelta(days=200))
        self.status = make.status(creative, week=make.weeks_ago(1))
        item = make.agenda_item(make.meeting(self.series, make.weeks_ago(2)))
        said = {"revisit_on": TODAY, "recorded_at": NOW - timedelta(days=9), "recorded_by": coo}
        self.decision = item.decisions.create(words="Two art directors.", **said)

    def told(self):
        then = Then(self.series.department, NOW, NOW - timedelta(days=14), MONDAY, self.series.pk)
        found = memo(list(self.series.sections.all()), then)
        return [
            asdict(each) | {"lines": [(line.words, line.url, line.about, line.asks) for line in each.lines]}
            for each in found
        ]


@pytest.fixture
def world(coo, creative, media, creative_head, media_head):
    return World(coo, creative, media, creative_head, media_head)


def renamed(thing, **said):
    for name, value in said.items():
        setattr(thing, name, value)
    thing.save()


def put_otherwise(world, **said):
    risk, was = world.risk, world.risk.history.latest("history_id").pk
    names = ("department", "category", "title", "cause", "event", "effect", "owner")
    described = assessing.Described(**{name: getattr(risk, name) for name in names})
    assessing.change(risk, replace(described, **said), was=was, by=world.head, at=LATER)


def reworded(world):
    said = {"title": "Another", "needed": "More", "matters": "", "severity": "low", "needed_by": None}
    reword(world.issue, said, was=world.issue.history.latest("history_id").pk, by=world.head, at=LATER)


def escalated(world):
    said = {"kind": "accept", "step": "coo", "department": world.media, "move": world.issue.moves.get(), "at": LATER}
    world.issue.escalations.create(**said)


def accepted_less(world):
    type(world.appetite).objects.update(superseded_at=LATER, superseded_by=world.coo)
    make.appetite(level="extreme", at=LATER)


def gone(world):
    renamed(world.head, is_active=False)
    world.creative.headships.update(ends_on=TODAY)
    make.head(world.creative, "successor", starts_on=LATER.date())


LATER_ON = {
    "a department of a promise is called otherwise": lambda w: renamed(w.media, name="Channels"),
    "a department is called otherwise": lambda w: renamed(w.creative, name="Studio"),
    "a department is below another": lambda w: renamed(w.creative, parent=w.media),
    "a department is closed": lambda w: renamed(w.creative, closed_on=TODAY),
    "a KPI is called otherwise": lambda w: renamed(w.kpi, name="Punctuality"),
    "a KPI is retired": lambda w: renamed(w.kpi, retired_on=TODAY),
    "a KPI of a measure is another": lambda w: renamed(w.briefs, name="Papers", unit="%"),
    "a promise is handed over": lambda w: do(
        w.promise, Promise.HAND_OVER, edition=1, by=w.coo, at=LATER, who=w.other, words="Away."
    ),
    "a promise is moved": lambda w: do(
        w.promise, Promise.MOVE, edition=1, by=w.head, at=LATER, due_on=date(2026, 12, 1), reason="client"
    ),
    "a promise to a person is released": lambda w: do(
        w.personal, Promise.RELEASE, edition=1, by=w.head, at=LATER, words="No more."
    ),
    "an issue is put otherwise": reworded,
    "an issue is passed on": lambda w: move(w.issue, Act.ACCEPT, edition=1, by=w.other, at=LATER),
    "an issue is withdrawn": lambda w: move(w.issue, Act.WITHDRAW, edition=1, words="No.", by=w.head, at=LATER),
    "an issue escalates": escalated,
    "a risk is called otherwise": lambda w: put_otherwise(w, title="The market dies"),
    "a risk is another department's": lambda w: put_otherwise(w, department=w.media, owner=w.other),
    "a risk is closed": lambda w: assessing.close(w.risk, "Over.", by=w.head, at=LATER),
    "more is accepted of a risk": accepted_less,
    "a measure is withdrawn": lambda w: withdraw(w.measure, "It was not.", by=w.head, at=LATER),
    "another measure is taken": lambda w: make.measure(
        w.briefs, w.creative, "Another", at=LATER, effective_on=make.weeks_ago(8), look_on=TODAY + timedelta(days=9)
    ),
    "a decision is amended": lambda w: amend(w.decision, Decided("Three."), by=w.coo, at=LATER),
    "a status is amended": lambda w: make.status(
        w.creative, week=make.weeks_ago(1), instead_of=w.status, plans=("x",), at=LATER
    ),
    "a status is sent late": lambda w: make.status(w.media, week=make.weeks_ago(1), at=LATER),
    "a signal is explained": lambda w: explain(
        w.kpi.signals.filter(kind="concern").first(), words="A storm.", event=None, by=w.head, at=LATER
    ),
    "a head left and another came": gone,
    "an event is entered": lambda w: make.event(w.creative, starts_on=make.weeks_ago(5), recorded_at=LATER),
    "a phase begins": lambda w: make.phase(w.briefs, starts_on=make.weeks_ago(5)).__class__.objects.filter(
        kpi=w.briefs, reason="A new tool"
    ).update(recorded_at=LATER),
    "a deadline is set": lambda w: make.deadline(weekday=1),
    "a department pauses": lambda w: make.pause(w.media, starts_on=make.weeks_ago(1)),
}  # fmt: skip


@pytest.mark.parametrize("happened", LATER_ON.values(), ids=LATER_ON)
def test_the_memo_says_what_it_said(world, happened):
    before = world.told()
    silent = {each["part"] for each in before if not each["lines"]}
    assert silent <= {Part.GOOD_NEWS, Part.ISSUES, Part.PRIORITIES, Part.TALK, Part.WRAP_UP}
    with time_machine.travel(LATER, tick=False):
        happened(world)
        judged(now=LATER)
        assert world.told() == before
