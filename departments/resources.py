"""Tables of people and definitions as files: what a cell means, and what a file may be."""

import re

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.html import format_html
from import_export.fields import Field
from import_export.formats import base_formats
from import_export.resources import ModelResource
from import_export.tmp_storages import BaseStorage
from import_export.widgets import Widget

from departments.models import User

MOST_ROWS = 2000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def inert(cell):
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if not isinstance(cell, str):
        return cell
    cell = UNSEEN.sub("\N{REPLACEMENT CHARACTER}", cell)
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def as_written(cell) -> str:
    """The text of a cell, without the apostrophe that made it inert."""
    text = str(cell or "").strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text


class Cell(Widget):
    """Reads a cell as the field's own form would, and names what was found; a department goes by its slug."""

    def __init__(self, field: models.Field):
        super().__init__()
        self.field = field
        self.form_field = None if isinstance(field, models.BooleanField) else form_field(field)

    def clean(self, value, row=None, **kwargs):
        text = as_written(value)
        if not text:
            return self.field.get_default()
        if self.form_field is None:
            if text.casefold() not in YES_OR_NO:
                raise ValueError(f"“{text}” is neither yes nor no.")
            return YES_OR_NO[text.casefold()]
        try:
            return self.form_field.clean(text.casefold() if self.field.choices else text)
        except ValidationError as error:
            raise ValueError(" ".join(error.messages)) from error

    def render(self, value, force_native_type=False, **kwargs):
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, models.Model):
            return value.slug
        return value if force_native_type else str(value)


def form_field(field: models.Field) -> forms.Field:
    if isinstance(field, models.ForeignKey):
        unknown = "There is no department with the slug “%(value)s”."
        return field.formfield(to_field_name="slug", error_messages={"invalid_choice": unknown})
    if field.choices:
        known = ", ".join(value for value, _ in field.choices)
        return field.formfield(error_messages={"invalid_choice": f"“%(value)s” is not one of: {known}."})
    return field.formfield()


class Column(Field):
    def save(self, instance, row, is_m2m=False, **kwargs):
        """An empty cell empties what may be empty, and says nothing about anything else."""
        if as_written(row[self.column_name]) or self.widget.field.blank:
            super().save(instance, row, is_m2m, **kwargs)

    def export(self, instance, **kwargs):
        return inert(super().export(instance, **kwargs))


class Change:
    """Each cell before and after, for the preview."""

    def __init__(self, resource, instance, new):
        self.before = None if new else self.cells(resource, instance)

    def compare_with(self, resource, instance):
        self.after = self.cells(resource, instance)

    def cells(self, resource, instance):
        return [field.export(instance) for field in resource.get_import_fields()]

    def as_html(self):
        return [difference(*pair) for pair in zip(self.before or self.after, self.after, strict=True)]


def difference(old, new):
    """A cell of the preview."""
    if old == new:
        return format_html("{}", new)
    return format_html("<del>{}</del> <ins>{}</ins>", old, new) if old else format_html("<ins>{}</ins>", new)


class Table(ModelResource):
    """A file with a row for each object, named by its one `import_id_fields`."""

    class Meta:
        clean_model_instances = True
        report_skipped = True
        skip_unchanged = True
        use_transactions = True

    @classmethod
    def field_from_django_field(cls, field_name, django_field, readonly):
        return Column(attribute=field_name, column_name=field_name, widget=Cell(django_field), readonly=readonly)

    @classmethod
    def get_diff_class(cls):
        return Change

    @property
    def key(self) -> str:
        return self._meta.import_id_fields[0]

    def before_import(self, dataset, **kwargs):
        self.seen = {}
        if fault := self.fault(dataset):
            dataset.wipe()
            raise ValidationError(fault)

    def fault(self, dataset) -> str:
        heads, known = dataset.headers, [field.column_name for field in self.get_import_fields()]
        if len(dataset) > MOST_ROWS:
            return f"The file has {len(dataset):,} rows; at most {MOST_ROWS:,} at a time: split it."
        if wrong := sorted({head for head in heads if head not in known or heads.count(head) > 1}):
            return f"Columns that are not known, or stand twice: {', '.join(wrong)}. Known are {', '.join(known)}."
        return "" if self.key in heads else f"There is no column {self.key}. Known are {', '.join(known)}."

    def before_import_row(self, row, row_number=None, **kwargs):
        row[self.key] = as_written(row[self.key])
        earlier = self.seen.setdefault(row[self.key], row_number)
        if earlier != row_number:
            raise ValidationError({self.key: f"Row {earlier + 1} has the same {self.key}."})


class Staff(Table):
    class Meta:
        model = User
        import_id_fields = ["username"]
        fields = ["username", "name", "email", "role", "department", "title", "fte", "starts_on", "leaves_on"]

    def after_init_instance(self, instance, new, row, **kwargs):
        if new:  # they choose a password by mail, or are given one
            instance.set_unusable_password()


class Csv(base_formats.CSV):
    CONTENT_TYPE = "text/csv; charset=utf-8"

    def create_dataset(self, in_stream, **kwargs):
        """Comma, semicolon or tab: whichever the first line has most of."""
        head = in_stream.partition("\n")[0]
        dataset = super().create_dataset(in_stream, delimiter=max(",;\t", key=head.count), **kwargs)
        dataset.headers = [as_written(head).casefold() for head in dataset.headers or []]
        return dataset


class Xlsx(base_formats.XLSX):
    def can_import(self):
        return False  # reading one may take any amount of memory


class Carried(BaseStorage):
    """The file travels, signed, in the page that asks whether to import it: nothing of it stays on the server."""

    salt, lasts = "departments.resources.Carried", 3600

    def save(self, data: bytes):
        self.name = signing.dumps(data.decode("latin-1"), salt=self.salt, compress=True)

    def read(self) -> str | bytes:
        data = signing.loads(self.name, salt=self.salt, max_age=self.lasts).encode("latin-1")
        return data.decode(self.encoding) if self.encoding else data

    def remove(self):
        pass
