import re

import django.db.models.deletion
from django.db import migrations, models

A_RISK = re.compile(r"/risks/(\d{1,18})/", re.ASCII)


def name_what_they_were_made_for(apps, schema_editor):
    """Treatments were known by the address of their risk. What is a row is not said in words besides: not everybody who
    reads of a commitment reads its issue or its risk."""
    Commitment, Risk = (apps.get_model("issues", name) for name in ("Commitment", "Risk"))
    risks = set(Risk.objects.values_list("pk", flat=True))
    made = Commitment.objects.filter(issue=None, origin_url__startswith="/risks/").values_list("pk", "origin_url")
    for pk, url in list(made):
        found = A_RISK.fullmatch(url)
        if found and int(found[1]) in risks:
            Commitment.objects.filter(pk=pk).update(risk=int(found[1]))
    rows = Commitment.objects.exclude(issue=None, risk=None)
    rows.update(origin="", origin_url="")
    if schema_editor.connection.vendor == "postgresql":  # it makes no index while triggers wait for the end
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0007_paths'),
    ]

    operations = [
        migrations.AddField(
            model_name='commitment',
            name='risk',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='treatments', to='issues.risk'),
        ),
        migrations.RunPython(name_what_they_were_made_for, migrations.RunPython.noop),
    ]
