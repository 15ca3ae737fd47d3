import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0007_events_are_leaves'),
    ]

    operations = [
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('form_token', models.UUIDField(editable=False, unique=True)),
                ('covers_all_people', models.BooleanField(help_text='Made by somebody who reads all events.')),
                ('kind', models.CharField(choices=[('csv', 'CSV for spreadsheets'), ('jsonl', 'JSON lines'), ('pack', 'Evidence pack')], max_length=10)),
                ('filter', models.TextField(help_text="The history's query string; empty: nothing is filtered.")),
                ('time_zone', models.CharField(max_length=60)),
                ('language', models.CharField(max_length=5)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('size', models.BigIntegerField(help_text='How many events the checkpoint covers.')),
                ('root', models.BinaryField(max_length=32)),
                ('checkpoint', models.TextField(help_text='The signed note, byte for byte.')),
                ('verifier_key', models.TextField(help_text='The key that signed it.')),
                ('count', models.BigIntegerField(help_text='How many events were chosen that had their bytes.')),
                ('expired', models.BigIntegerField(help_text='How many were chosen that had lost them.')),
                ('selection', models.BinaryField(help_text='A packed bit for each sequence; null: every event up to the size.', null=True)),
                ('download', models.CharField(blank=True, choices=[('', 'Not downloaded yet'), ('running', 'Download in progress'), ('done', 'Downloaded'), ('stopped', 'Download broken off')], default='', max_length=10)),
                ('rows_written', models.BigIntegerField(default=0)),
                ('started_at', models.DateTimeField(null=True)),
                ('heard_at', models.DateTimeField(help_text='When a download last made progress.', null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('maker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-made_at', '-id'],
                'indexes': [models.Index(fields=['maker', '-made_at'], name='export_by_maker')],
            },
        ),
    ]
