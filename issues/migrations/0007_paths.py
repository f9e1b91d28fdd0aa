"""Where something was made is a page of Opsroom, whatever a browser makes of its address."""

from importlib import import_module

from django.db import migrations, models
from django.db.models import Q

PASSED_OVER = ("\\", "\t", "\n", "\r")


def forget_what_leads_elsewhere(apps, schema_editor):
    elsewhere = Q()
    for each in PASSED_OVER:
        elsewhere |= Q(origin_url__contains=each)
    for name in ("commitment", "issue"):
        apps.get_model("issues", name).objects.filter(elsewhere).update(origin_url="")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table is altered while its triggers wait


def raise_what_is_told_again(apps, schema_editor):
    """On SQLite a table with new laws is made anew, and loses its triggers."""
    if schema_editor.connection.vendor == "sqlite":
        raises_what_is_told = import_module("departments.migrations.0006_told").raises_what_is_told
        for table in ("commitment", "issue"):
            raises_what_is_told(schema_editor, f"issues_{table}")


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0006_risks'),
    ]

    operations = [
        migrations.RunPython(forget_what_leads_elsewhere, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name='commitment',
            name='commitment_origin_is_within_opsroom',
        ),
        migrations.RemoveConstraint(
            model_name='issue',
            name='issue_origin_is_within_opsroom',
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(('origin_url', ''), models.Q(('origin_url__startswith', '/'), models.Q(('origin_url__startswith', '//'), _negated=True), models.Q(('origin_url__contains', '\\'), _negated=True), models.Q(('origin_url__contains', '\t'), _negated=True), models.Q(('origin_url__contains', '\n'), _negated=True), models.Q(('origin_url__contains', '\r'), _negated=True)), _connector='OR'), name='commitment_origin_is_within_opsroom'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('origin_url', ''), models.Q(('origin_url__startswith', '/'), models.Q(('origin_url__startswith', '//'), _negated=True), models.Q(('origin_url__contains', '\\'), _negated=True), models.Q(('origin_url__contains', '\t'), _negated=True), models.Q(('origin_url__contains', '\n'), _negated=True), models.Q(('origin_url__contains', '\r'), _negated=True)), _connector='OR'), name='issue_origin_is_within_opsroom'),
        ),
        migrations.RunPython(raise_what_is_told_again, migrations.RunPython.noop),
    ]
