"""The administration's forms, filled in as a browser would send them."""

from datetime import date

from django.utils.html import strip_tags


def filled(page) -> dict[str, str]:
    """What the form on a page says before anybody changes anything."""
    forms = [page.context["adminform"].form]
    for inline in page.context.get("inline_admin_formsets", []):
        forms += [inline.formset.management_form, *inline.formset.forms]
    fields = [bound for form in forms for bound in form if not bound.field.disabled]
    said = {bound.html_name: bound.value() for bound in fields}
    return {name: text(value) for name, value in said.items() if value is not None and value is not False}


def text(value) -> str:
    return value.isoformat() if isinstance(value, date) else "on" if value is True else str(value)


def row(prefix: str, number: int, **fields) -> dict[str, str]:
    """One more row in a table of rows, as the last."""
    said = {f"{prefix}-{number}-{name}": text(value) for name, value in fields.items()}
    return {f"{prefix}-TOTAL_FORMS": str(number + 1), **said}


def save(client, url: str, **changes):
    return client.post(url, filled(client.get(url)) | {name: text(value) for name, value in changes.items()})


def errors(response) -> str:
    assert response.status_code == 200, f"saved, and went to {response.get('Location')}"
    return strip_tags(" ".join(map(str, response.context["errors"])))


def said(response) -> list[str]:
    """The messages after a redirect."""
    return [str(message) for message in response.context["messages"]]
