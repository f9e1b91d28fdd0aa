"""The API as people read it: its OpenAPI schema, laid out flat. Plain Python."""

from collections.abc import Iterator
from typing import NamedTuple


class Field(NamedTuple):
    """A parameter, or a field of what is sent or answered."""

    name: str
    kind: str
    is_needed: bool = False
    words: str = ""


class Body(NamedTuple):
    """Fields under a title: the parameters, or what is sent or answered; a list of fields within one follows it."""

    title: str
    fields: list[Field]

    @property
    def is_explained(self) -> bool:
        return any(field.words for field in self.fields)


class Operation(NamedTuple):
    """One method of one address."""

    method: str
    path: str
    words: str
    bodies: list[Body]


def operations(schema: dict) -> list[Operation]:
    """Every operation of an OpenAPI 3 schema, in the order of the schema."""
    named = schema.get("components", {}).get("schemas", {})
    return [
        Operation(method.upper(), path, said.get("description", ""), list(parts(said, named)))
        for path, methods in schema["paths"].items()
        for method, said in methods.items()
    ]


def parts(said: dict, named: dict) -> Iterator[Body]:
    if parameters := said.get("parameters"):
        yield Body("Parameters", [parameter(each) for each in parameters])
    yield from bodies("Sent", content(said.get("requestBody", {})), named)
    yield from bodies("Answered", content(said["responses"].get("200", {})), named)


def content(said: dict) -> dict | None:
    return said.get("content", {}).get("application/json", {}).get("schema")


def parameter(said: dict) -> Field:
    return Field(said["name"], in_words(said["schema"]), said.get("required", False), said.get("description", ""))


def bodies(title: str, said: dict | None, named: dict) -> Iterator[Body]:
    if said is None:
        return
    listed = said.get("type") == "array"
    inner, within, fields = resolved(said["items"] if listed else said, named), [], []
    for name, field in inner.get("properties", {}).items():
        full = resolved(field, named)
        fields.append(Field(name, in_words(full), words=full.get("description", "")))
        if resolved(full.get("items", {}), named).get("properties"):
            within += bodies(f"{title}, {name}", full, named)
    yield Body(f"{title}: {'a list, each with' if listed else 'an object with'}", fields)
    yield from within


def resolved(said: dict, named: dict) -> dict:
    """References followed, and what stands beside one kept."""
    for part in said.get("allOf", []):
        said = said | resolved(part, named)
    if "$ref" in said:
        said = said | named[said["$ref"].rsplit("/", 1)[1]]
    return said


def in_words(said: dict) -> str:
    """“date”, “one of day, week”, “text or null”"""
    if options := [str(option) for option in said.get("enum", []) if option not in (None, "")]:
        kind = f"one of {', '.join(options)}"
    elif said.get("type") == "array":
        kind = "list"
    else:
        names = {"string": "text", "integer": "whole number", "boolean": "true or false", "decimal": "decimal, as text"}
        kind = said.get("format") if said.get("format") in ("date", "date-time") else None
        kind = kind or names.get(said.get("format", ""), names.get(said.get("type", ""), said.get("type", "object")))
    return f"{kind} or null" if said.get("nullable") else kind
