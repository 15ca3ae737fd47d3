import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0006_ledger'),
    ]

    operations = [
        migrations.DeleteModel('AuditEvent'),
        migrations.RenameModel('LedgerEvent', 'AuditEvent'),
        migrations.AlterField(
            model_name='auditevent',
            name='actor',
            field=models.ForeignKey(help_text='A pseudonym in the bytes; null is the console itself, or nobody known.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='key',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='images.accesskey'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='request',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='images.imagerequest'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['at'], name='event_by_time'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['action', 'sequence'], name='event_by_action'),
        ),
    ]
