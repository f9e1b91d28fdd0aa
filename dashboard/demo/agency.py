"""Who works at the demo agency, since when, and who leads what. Plain Python; all names are invented.

Years are counted from the staff year, which turns in July: so everything here lies in the past, whatever the day.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from kpis.periods import add_months

ROOT, NAME, MAIL = "agency", "Larkfield", "larkfield.example"
DEPARTMENTS = {
    "account-service": "Account Service",
    "creative": "Creative",
    "media": "Media",
    "it": "IT",
    "accounting": "Accounting",
    "traffic": "Traffic",
}  # in the order in which they are shown
FOUNDED = date(2011, 4, 1)

# name, title, FTE, started (years before the staff year, month); then what only some have: left (its last day), log-in
Row = tuple[str, str, float, tuple[int, int], tuple[int, int] | None, str]
STAFF: dict[str, list[Row]] = {
    "agency": [
        ("Katrin Solberg", "Chief Operations Officer", 1, (6, 3), None, "coo"),
        ("Henrik Amsel", "Chief Executive Officer", 1, (11, 4), None, "ceo"),
    ],
    "account-service": [
        ("Miriam Castell", "Head of Account Service", 1, (8, 1), None, "account-service"),
        ("Florian Dreher", "Account director", 1, (6, 5), None, ""),
        ("Amina Yilmaz", "Account director", 0.8, (5, 9), None, ""),
        ("Claire Fontanel", "Account manager", 1, (4, 2), None, ""),
        ("Niklas Berg", "Account manager", 1, (3, 10), None, ""),
        ("Sofia Marchetti", "Account manager", 0.6, (2, 4), None, ""),
        ("Emil Sandvik", "Junior account manager", 1, (0, 3), None, ""),
        ("Judith Kaminski", "Account manager", 1, (5, 1), (1, 12), ""),
    ],
    "creative": [
        ("Jonas Wiegand", "Head of Creative", 1, (7, 3), None, "creative"),
        ("Ines Albrecht", "Art director", 1, (7, 6), None, ""),
        ("Mateus Correia", "Art director", 1, (4, 1), None, ""),
        ("Helena Rask", "Copywriter", 1, (5, 10), None, ""),
        ("David Osei", "Copywriter", 0.8, (3, 3), None, ""),
        ("Yuki Tanabe", "Designer", 1, (3, 8), None, ""),
        ("Paula Reinholt", "Designer", 0.5, (2, 9), None, ""),
        ("Bastian Kroll", "Designer", 1, (1, 2), None, ""),
        ("Nora Lindgren", "Motion designer", 1, (2, 1), None, ""),
        ("Adrian Petrescu", "Motion designer", 0.8, (1, 10), None, ""),
        ("Greta Falk", "Final artwork", 1, (9, 5), None, ""),
        ("Oskar Thiele", "Designer", 1, (4, 4), (2, 9), ""),
        ("Marlene Busch", "Copywriter", 1, (3, 6), (0, 4), ""),
    ],
    "media": [
        ("Leila Haddadi", "Head of Media", 1, (5, 2), None, "media"),
        ("Georg Nowak", "Media planner", 1, (7, 9), None, ""),
        ("Carla Benedetti", "Media planner", 1, (4, 6), None, ""),
        ("Anton Weiher", "Programmatic buyer", 1, (2, 11), None, ""),
        ("Selma Karlsen", "Programmatic buyer", 0.8, (1, 5), None, ""),
        ("Rafael Duarte", "Campaign analyst", 1, (3, 2), None, ""),
        ("Lotte Vermeer", "Ad operations", 1, (0, 1), None, ""),
        ("Simon Pichler", "Ad operations", 1, (3, 9), (1, 11), ""),
    ],
    "it": [
        ("Piotr Zielonka", "Head of IT", 1, (6, 8), None, "it"),
        ("Tomas Brandl", "Systems administrator", 1, (4, 11), None, "admin"),
        ("Hanna Vestergaard", "Web developer", 1, (3, 5), None, ""),
        ("Ivo Marin", "Web developer", 0.8, (2, 2), None, ""),
        ("Fatima Said", "Service desk", 1, (1, 9), None, ""),
        ("Ruben Aalto", "Service desk", 1, (5, 3), (1, 7), ""),
    ],
    "accounting": [
        ("Agnes Holm", "Head of Accounting", 1, (9, 10), None, "accounting"),
        ("Walter Grimm", "Accountant", 1, (10, 2), None, ""),
        ("Beatrix Sommer", "Accountant", 0.6, (4, 7), None, ""),
        ("Kofi Mensah", "Controller", 1, (3, 1), None, ""),
        ("Dora Ziegler", "Billing clerk", 0.75, (2, 6), None, ""),
        ("Linus Ahlberg", "Billing clerk", 1, (4, 3), (2, 5), ""),
    ],
    "traffic": [
        ("Samuel Okonjo", "Head of Traffic", 1, (4, 9), None, "traffic"),
        ("Vera Hofstad", "Traffic manager", 1, (3, 4), None, ""),
        ("Julian Merz", "Traffic manager", 1, (1, 4), None, ""),
        ("Alice Morand", "Project coordinator", 0.75, (2, 10), None, ""),
        ("Renate Voigtland", "Head of Traffic", 1, (8, 5), (1, 3), ""),
    ],
}
ROLES = {"coo": "coo", "ceo": "executive", "admin": "administrator"}
FORMER_HEADS = {"traffic": "renate.voigtland"}
DEPUTIES = {"creative": ("ines.albrecht", (2, 1)), "account-service": ("florian.dreher", (1, 2))}
AWAY = ("accounting", "kofi.mensah")  # the head, and who stands in: all of next week
COUNTRY = "DE"


class Person(NamedTuple):
    username: str
    name: str
    department: str
    title: str
    fte: Decimal
    starts_on: date
    leaves_on: date | None

    @property
    def role(self) -> str:
        return ROLES.get(self.username, "staff")

    def works_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.leaves_on is None or self.leaves_on >= day)


class Lead(NamedTuple):
    department: str
    username: str
    kind: str
    starts_on: date
    ends_on: date | None


def staff_year(on: date) -> int:
    return on.year if on.month >= 7 else on.year - 1


def people(on: date) -> list[Person]:
    """Everybody who works here, and who did lately."""
    year = staff_year(on)
    return [
        Person(
            username=login or name.lower().replace(" ", "."),
            name=name,
            department=department,
            title=title,
            fte=Decimal(str(fte)),
            starts_on=date(year - started[0], started[1], 1),
            leaves_on=left and add_months(date(year - left[0], left[1], 1), 1) - timedelta(days=1),
        )
        for department, rows in STAFF.items()
        for name, title, fte, started, left, login in rows
    ]


def leads(on: date) -> list[Lead]:
    """Heads, former heads and deputies; the COO answers for the agency."""
    by_username = {person.username: person for person in people(on)}
    found = []
    for department in [ROOT, *DEPARTMENTS]:
        head = by_username["coo" if department == ROOT else department]
        since = head.starts_on
        if department in FORMER_HEADS:
            former = by_username[FORMER_HEADS[department]]
            found.append(Lead(department, former.username, "head", former.starts_on, former.leaves_on))
            since = former.leaves_on + timedelta(days=1)
        found.append(Lead(department, head.username, "head", since, None))
    year = staff_year(on)
    for department, (username, (back, month)) in DEPUTIES.items():
        found.append(Lead(department, username, "deputy", date(year - back, month, 1), None))
    return found


def away(on: date) -> tuple[date, date]:
    """Monday to Friday of next week."""
    monday = on + timedelta(days=7 - on.weekday())
    return monday, monday + timedelta(days=4)
