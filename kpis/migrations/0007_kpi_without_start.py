"""A KPI starts where somebody measures it: its own first day, which expected nothing, goes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("kpis", "0006_moves")]
    operations = [
        migrations.RemoveField(model_name="historicalkpi", name="starts_on"),
        migrations.RemoveField(model_name="kpi", name="starts_on"),
    ]
