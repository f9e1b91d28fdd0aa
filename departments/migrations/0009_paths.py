from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('departments', '0008_business_hours'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='notification',
            name='notification_leads_into_opsroom',
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(('url__startswith', '/'), models.Q(('url__startswith', '//'), _negated=True), models.Q(('url__contains', '\\'), _negated=True), models.Q(('url__contains', '\t'), _negated=True), models.Q(('url__contains', '\n'), _negated=True), models.Q(('url__contains', '\r'), _negated=True)), name='notification_leads_into_opsroom'),
        ),
    ]
