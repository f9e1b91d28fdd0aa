"""The contracts of the demo agency's KPIs, per owner and in the order in which they are shown. Plain Python."""

from dataclasses import dataclass

UP, DOWN, IN = "up", "down", "in"
DAY, WEEK, MONTH = "day", "week", "month"
FINANCIAL, CUSTOMER, PROCESS, PEOPLE = "financial", "customer", "process", "people"
MONEY = "money"  # stands for the agency's currency


@dataclass(frozen=True)
class Definition:
    """`combines`: over time, over departments. `counts`: what a ratio's numerator and denominator are called.

    `expression`: how it is worked out, where nobody records it. `bounds`: the least and the most a value can be.
    """

    code: str
    name: str
    description: str
    category: str
    direction: str
    cadence: str
    combines: tuple[str, str]
    unit: str = "%"
    decimals: int = 1
    counts: tuple[str, str] = ("", "")
    per: int = 1
    headline: bool = False
    expression: str = ""
    bounds: tuple[int | None, int | None] = (None, None)


def ratio(code, name, counts, direction, cadence, category, description, *, per=100, **more) -> Definition:
    return Definition(
        code, name, description, category, direction, cadence, ("ratio", "ratio"), counts=counts, per=per, **more
    )


def value(code, name, combines, unit, direction, cadence, category, description, *, decimals=0, **more) -> Definition:
    return Definition(
        code, name, description, category, direction, cadence, combines, unit=unit, decimals=decimals, **more
    )


def formula(code, name, expression, direction, cadence, category, description, **more) -> Definition:
    return Definition(
        code, name, description, category, direction, cadence, ("formula", "formula"), expression=expression, **more
    )


SHARE, COUNT = (0, 100), (0, None)
SUM, LAST, ALONE = ("sum", "sum"), ("last", "sum"), ("last", "none")

CATALOGUE: dict[str, list[Definition]] = {
    "account-service": [
        ratio(
            "satisfaction", "Client satisfaction", ("sum of scores", "responses"), UP, MONTH, CUSTOMER,
            "What clients answer, from 1 to 10, when asked how content they are with a job closed in the month.",
            per=1, unit="/ 10", headline=True, bounds=(0, 10),
        ),
        ratio(
            "brief-completeness", "Brief completeness", ("accepted first time", "submitted"), UP, WEEK, PROCESS,
            "Briefs that Traffic accepted without sending them back. A brief sent twice counts once, as not accepted.",
            bounds=SHARE,
        ),
        ratio(
            "scope-creep", "Scope-creep jobs", ("scope grew, fee did not", "jobs"), DOWN, MONTH, FINANCIAL,
            "Jobs closed in the month whose scope had grown by more than a tenth, with the fee left as it was.",
            bounds=SHARE,
        ),
        ratio(
            "retention", "Client retention", ("kept", "at start"), UP, MONTH, CUSTOMER,
            "Of the clients of twelve months ago, how many are clients still.",
            bounds=SHARE,
        ),
        ratio(
            "over-servicing", "Over-servicing", ("hours beyond scope", "hours in scope"), DOWN, MONTH, FINANCIAL,
            "Hours worked beyond what was sold, on retainers and fixed-fee jobs.",
            bounds=COUNT,
        ),
    ],
    "creative": [
        ratio(
            "on-time", "On-time delivery", ("on time", "due"), UP, WEEK, PROCESS,
            "Deliverables handed to Traffic by the agreed hour, of those due in the week. A date moved on the last day"
            " counts as missed.",
            bounds=SHARE,
        ),
        ratio(
            "revision-rounds", "Revision rounds", ("rounds", "deliverables"), DOWN, WEEK, PROCESS,
            "Rounds that the deliverables approved in the week took, the first presentation included.",
            per=1, unit="rounds", decimals=2, bounds=COUNT,
        ),
        ratio(
            "billable-utilisation", "Billable utilisation", ("billable hours", "available hours"), IN, WEEK, FINANCIAL,
            "Hours booked on client jobs, of the hours people were there. Above the band, people wear out.",
            headline=True, bounds=COUNT,
        ),
        ratio(
            "rework-hours", "Rework hours", ("hours on own errors", "hours"), DOWN, WEEK, PROCESS,
            "Hours spent putting right what was our own mistake; changes that a client asks for are not rework.",
            bounds=SHARE,
        ),
    ],
    "media": [
        ratio(
            "pacing", "Pacing", ("spend to date", "planned to date"), IN, WEEK, FINANCIAL,
            "What running campaigns have spent, of what their plans say they should have by now.",
            per=1, unit="", decimals=2, bounds=COUNT,
        ),
        ratio(
            "launched-on-time", "Campaigns launched on time", ("on time", "launched"), UP, WEEK, PROCESS,
            "Campaigns live by noon of the day agreed with the client.",
            bounds=SHARE,
        ),
        ratio(
            "trafficking-errors", "Trafficking errors", ("errors", "line items"), DOWN, WEEK, PROCESS,
            "Wrong links, tags, formats or dates, found after line items went live.",
            unit="per 100", decimals=2, bounds=COUNT,
        ),
    ],
    "it": [
        ratio(
            "first-contact", "First-contact resolution", ("resolved at first contact", "tickets"), UP, WEEK, CUSTOMER,
            "Tickets closed by whoever took them, without a second visit and without being passed on.",
            bounds=SHARE,
        ),
        ratio(
            "within-agreement", "Tickets resolved within agreement", ("in time", "resolved"), UP, WEEK, PROCESS,
            "Four working hours for what stops somebody from working, two days for everything else.",
            bounds=SHARE,
        ),
        value(
            "old-backlog", "Backlog older than 10 days", LAST, "tickets", DOWN, WEEK, PROCESS,
            "Open tickets that are more than ten working days old on Friday.",
            bounds=COUNT,
        ),
        ratio(
            "availability", "Service availability", ("minutes up", "minutes"), UP, DAY, PROCESS,
            "File server, mail and job system, around the clock; the worst of the three counts.",
            decimals=2, bounds=SHARE,
        ),
    ],
    "accounting": [
        value(
            "days-sales-outstanding", "Days sales outstanding", ALONE, "days", DOWN, MONTH, FINANCIAL,
            "Receivables at the end of the month, over the sales of the last three months, times their days.",
            decimals=1, bounds=COUNT,
        ),
        ratio(
            "billing-accuracy", "Billing accuracy", ("no credit note", "invoices"), UP, MONTH, CUSTOMER,
            "Invoices of the month that needed no credit note within sixty days.",
            bounds=SHARE,
        ),
        ratio(
            "timesheets", "Timesheet compliance", ("in by deadline", "due"), UP, WEEK, PEOPLE,
            "Timesheets complete by Friday noon. Who is on leave owes none.",
            bounds=SHARE,
        ),
        value(
            "unbilled", "Unbilled work over 30 days", LAST, MONEY, DOWN, WEEK, FINANCIAL,
            "Work done and not invoiced, more than thirty days after it was done, at agreed rates.",
            bounds=COUNT,
        ),
    ],
    "traffic": [
        ratio(
            "client-date", "Jobs delivered on the client’s date", ("on that date", "delivered"), UP, WEEK, CUSTOMER,
            "Jobs that reached the client on the date first promised. A date the client moved counts as moved.",
            headline=True, bounds=SHARE,
        ),
        ratio(
            "rush-jobs", "Rush jobs", ("inside standard lead time", "opened"), DOWN, WEEK, PROCESS,
            "Jobs opened with less time than the standard plan for their kind needs.",
            bounds=SHARE,
        ),
        ratio(
            "bounce-rate", "Hand-off bounce rate", ("returned incomplete", "handed over"), DOWN, WEEK, PROCESS,
            "Hand-offs between departments that came back because something was missing.",
            bounds=SHARE,
        ),
        value(
            "open-jobs", "Open jobs", LAST, "jobs", IN, WEEK, PROCESS,
            "Jobs opened and neither delivered nor cancelled, on Friday.",
            bounds=COUNT,
        ),
    ],
    "agency": [
        value(
            "sales", "Sales", SUM, MONEY, UP, MONTH, FINANCIAL,
            "Gross billings invoiced for the month, pass-through cost included.",
            headline=True, bounds=COUNT,
        ),
        value(
            "gross-income", "Adjusted gross income", SUM, MONEY, UP, MONTH, FINANCIAL,
            "Billings less what is passed through to media, printers and freelancers: what the agency itself earns.",
            headline=True,
        ),
        value(
            "salaries", "Salaries", SUM, MONEY, DOWN, MONTH, FINANCIAL,
            "Salaries with social cost, management included; freelancers are pass-through cost.",
            bounds=COUNT,
        ),
        value(
            "overhead", "Overhead", SUM, MONEY, DOWN, MONTH, FINANCIAL,
            "Rent, software, insurance and all else that no job is billed for, salaries apart.",
            bounds=COUNT,
        ),
        formula(
            "profit-margin", "Profit margin on AGI",
            "(agency-gross-income - agency-salaries - agency-overhead) ÷ agency-gross-income × 100",
            UP, MONTH, FINANCIAL,
            "What is left of adjusted gross income after salaries and overhead, before interest and tax.",
            headline=True,
        ),
        formula(
            "salary-share", "Salaries / AGI", "agency-salaries ÷ agency-gross-income × 100", DOWN, MONTH, FINANCIAL,
            "How much of what the agency earns goes to its people.",
        ),
        value(
            "cash-flow", "Operating cash flow", SUM, MONEY, UP, WEEK, FINANCIAL,
            "Money in less money out, without loans and investments. Pay day falls on the 28th: look at 13 weeks.",
            headline=True,
        ),
        value(
            "headcount", "Headcount", LAST, "FTE", IN, MONTH, PEOPLE,
            "Full-time equivalents employed on the last day of the month, in the departments.",
            decimals=2, headline=True, bounds=COUNT,
        ),
        ratio(
            "turnover", "Voluntary turnover", ("leavers", "average headcount"), DOWN, MONTH, PEOPLE,
            "Who left of their own accord in the twelve months up to then, of the average headcount over them.",
            bounds=COUNT,
        ),
    ],
}  # fmt: skip
