"""Formulas of KPIs: read, checked and worked out. Plain Python: no Django, no database.

A formula has KPI codes, numbers (1000, 1.5), + − × ÷ (also - * /) and parentheses. A code may hold dashes and dots, so
a minus between two codes has spaces around it. Positions count characters from 1; None is "no answer", as everywhere.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from kpis.numbers import LIMIT, WITHIN

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9.,_-])")
GROUPED = re.compile(r"[0-9.]+,[0-9]")
SIGNS = {"+": "+", "-": "−", "−": "−", "–": "−", "*": "×", "×": "×", "·": "×", "/": "÷", "÷": "÷", "(": "(", ")": ")"}
A_VALUE = "a KPI's code, a number or a parenthesis"
DEEPEST = 40  # parentheses within parentheses


class FormulaInvalid(ValueError):
    """A formula says something that cannot be worked out; `position` is where, from 1."""

    def __init__(self, position: int, found: str, expected: str):
        super().__init__(f"At character {position}, found {found}; expected {expected}.")
        self.position, self.found, self.expected = position, found, expected


class Number(NamedTuple):
    value: Decimal


class Name(NamedTuple):
    code: str
    at: int


class Operation(NamedTuple):
    sign: str  # + − × ÷
    left: "Tree"
    right: "Tree"
    at: int


Tree = Number | Name | Operation


class Token(NamedTuple):
    """`kind` is a sign, "number", "code", or "" at the end."""

    kind: str
    text: str
    at: int

    @property
    def found(self) -> str:
        return f"“{self.text}”" if self.kind else "the end"


def tokens(text: str) -> Iterator[Token]:
    place = 0
    while place < len(text):
        character = text[place]
        if character.isspace():
            place += 1
            continue
        if grouped := GROUPED.match(text, place):
            raise FormulaInvalid(place + 1, f"“{grouped.group()}”", "a number as 1000 or 1.5, without commas")
        found = NUMBER.match(text, place) or CODE.match(text, place)
        if found:
            kind = "number" if found.re is NUMBER else "code"
            yield Token(kind, found.group(), place + 1)
            place = found.end()
        elif character in SIGNS:
            yield Token(SIGNS[character], character, place + 1)
            place += 1
        else:
            raise FormulaInvalid(place + 1, f"“{character}”", f"{A_VALUE}, or one of + − × ÷")
    yield Token("", "", len(text) + 1)


def parse(text: str) -> Tree:
    """The tree of a formula, multiplication before addition, else from the left. Raises FormulaInvalid."""
    return Parser(text).whole()


class Parser:
    def __init__(self, text: str):
        self.ahead = tokens(text)
        self.depth = 0
        self.step()

    def step(self) -> Token:
        before, self.token = getattr(self, "token", None), next(self.ahead, None)
        return before

    def whole(self) -> Tree:
        tree = self.chain("+−", lambda: self.chain("×÷", self.value))
        if self.token.kind:
            raise FormulaInvalid(self.token.at, self.token.found, "one of + − × ÷, or the end")
        return tree

    def chain(self, signs: str, part: Callable[[], Tree]) -> Tree:
        tree = part()
        while self.token.kind and self.token.kind in signs:
            sign = self.step()
            tree = Operation(sign.kind, tree, part(), sign.at)
        return tree

    def value(self) -> Tree:
        token = self.step()
        match token.kind:
            case "number":
                value = Decimal(token.text)
                if value > LIMIT:
                    raise FormulaInvalid(token.at, f"“{token.text[:20]}…”", WITHIN)
                return Number(value)
            case "code":
                return Name(token.text, token.at)
            case "−":
                return Operation("×", Number(Decimal(-1)), self.nested(token, self.value), token.at)
            case "(":
                return self.nested(token, self.inside)
        raise FormulaInvalid(token.at, token.found, A_VALUE)

    def inside(self) -> Tree:
        tree = self.chain("+−", lambda: self.chain("×÷", self.value))
        closing = self.step()
        if closing.kind != ")":
            raise FormulaInvalid(closing.at, closing.found, "one of + − × ÷, or a closing parenthesis")
        return tree

    def nested(self, token: Token, part: Callable[[], Tree]) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST:
            raise FormulaInvalid(token.at, token.found, f"at most {DEEPEST} parentheses within one another")
        tree = part()
        self.depth -= 1
        return tree


def names(tree: Tree) -> list[Name]:
    """The codes that a formula speaks of, from the left, as often as it does."""
    match tree:
        case Name():
            return [tree]
        case Operation():
            return names(tree.left) + names(tree.right)
    return []


def work_out(tree: Tree, answers: Callable[[str], Decimal | None]) -> Decimal | None:
    """What a formula comes to, exactly, and rounded to 28 digits once.

    None where one of its inputs has no answer, it divides by nothing, or it is beyond what a value may be.
    """
    found = exactly(tree, answers)
    if found is None or abs(found) > LIMIT:
        return None
    return Decimal(found.numerator) / Decimal(found.denominator)


def exactly(tree: Tree, answers: Callable[[str], Decimal | None]) -> Fraction | None:
    match tree:
        case Number():
            return Fraction(tree.value)
        case Name():
            answer = answers(tree.code)
            return None if answer is None else Fraction(answer)
    left = exactly(tree.left, answers)
    right = None if left is None else exactly(tree.right, answers)
    if right is None:
        return None
    match tree.sign:
        case "+":
            return left + right
        case "−":
            return left - right
        case "×":
            return left * right
    return left / right if right else None


Unit = dict[str, int] | None  # of each unit its power; {} a bare number; None not known, or a constant: fits all


def unit_of(text: str) -> Unit:
    """The unit of a KPI: nothing said is not known, per cent is a bare number."""
    text = text.strip()
    return None if not text else {} if text == "%" else {text: 1}


def check_units(tree: Tree, units: Callable[[str], str], *, unit: str):
    """Raises FormulaInvalid where unlike units are added, or what comes out has another unit than the KPI.

    `units` says the unit of a code. What is not known fits everything, and so does what several units multiply to.
    """
    found, wanted = unit_in(tree, units), unit_of(unit)
    if found is None or wanted is None or found == wanted:
        return
    known = {unit for name in names(tree) for unit in unit_of(units(name.code)) or {}}
    if found == {} and not known & set(wanted):
        return
    if found == {} or list(found.values()) == [1]:
        comes_out = written(found)
        raise FormulaInvalid(1, f"what comes to {comes_out}", f"{unit}, the unit of this KPI")


def unit_in(tree: Tree, units: Callable[[str], str]) -> Unit:
    if is_constant(tree):
        return None
    if isinstance(tree, Name):
        return unit_of(units(tree.code))
    left, right = unit_in(tree.left, units), unit_in(tree.right, units)
    if tree.sign in "+−":
        if None not in (left, right) and left != right:
            raise FormulaInvalid(
                tree.at, f"{written(left)} {tree.sign} {written(right)}", "the same unit on both sides"
            )
        return right if left is None else left
    if is_constant(tree.left):
        left = {}
    if is_constant(tree.right):
        right = {}
    if left is None or right is None:
        return None
    power = 1 if tree.sign == "×" else -1
    joined = {name: left.get(name, 0) + power * right.get(name, 0) for name in left | right}
    return {name: count for name, count in joined.items() if count}


def is_constant(tree: Tree) -> bool:
    return not names(tree)


def written(unit: dict[str, int]) -> str:
    """“€”, “€ ÷ hours”, “a bare number”"""
    above = [name for name, power in unit.items() if power > 0 for _ in range(power)]
    below = [name for name, power in unit.items() if power < 0 for _ in range(-power)]
    if not above and not below:
        return "a bare number"
    return " ÷ ".join([" × ".join(above) or "1", *below])
