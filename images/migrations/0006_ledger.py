import json

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from images.ledger import merkle
from images.ledger.canonical import canonical


def copy_events(apps, schema_editor):
    """Every event so far becomes a leaf, in the order in which it was written."""
    old_events = apps.get_model("images", "AuditEvent").objects.order_by("id")
    leaves = apps.get_model("images", "LedgerEvent").objects
    people = set(apps.get_model("images", "User").objects.values_list("pk", flat=True))
    tree = merkle.Frontier()
    for old in old_events.iterator():
        facts = json.loads(json.dumps(old.facts), parse_float=str)
        if old.actor_id and old.actor_id not in people:
            facts["actor_was"] = str(old.actor_id)
        actor_id = old.actor_id if old.actor_id in people else None
        content = canonical(
            {
                "version": 1,
                "sequence": tree.size + 1,
                "at": f"{old.at:%Y-%m-%dT%H:%M:%S.%fZ}",
                "action": old.action,
                "actor": str(actor_id) if actor_id else None,
                "address": old.address,
                "http_request": old.http_request_id,
                "image_request": str(old.request_id) if old.request_id else None,
                "access_key": str(old.key_id) if old.key_id else None,
                "target": old.target,
                "facts": facts,
            }
        )
        leaf = merkle.leaf_hash(content)
        subtrees = tree.add(leaf)
        leaves.create(
            sequence=tree.size,
            at=old.at,
            action=old.action,
            actor_id=actor_id,
            address=old.address,
            http_request_id=old.http_request_id,
            request_id=old.request_id,
            key_id=old.key_id,
            target=old.target,
            content=content,
            leaf_hash=leaf,
            subtrees=b"".join(subtrees),
        )


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0005_waking'),
    ]

    operations = [
        migrations.CreateModel(
            name='LedgerEvent',
            fields=[
                ('sequence', models.BigIntegerField(help_text='1, 2, 3, ... without a gap.', primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('action', models.CharField(help_text='A stable key such as request.accepted.', max_length=40)),
                ('address', models.CharField(blank=True, max_length=45)),
                ('http_request_id', models.CharField(blank=True, max_length=36)),
                ('target', models.CharField(blank=True, max_length=255)),
                ('content', models.BinaryField(help_text='Null once the keeping rule took the bytes.', null=True)),
                ('leaf_hash', models.BinaryField(max_length=32)),
                ('subtrees', models.BinaryField(default=b'', help_text='Hashes of the subtrees that this leaf completes, level 1 first.')),
                ('actor', models.ForeignKey(help_text='A pseudonym in the bytes; null is the console itself, or nobody known.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('key', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='images.accesskey')),
                ('request', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='images.imagerequest')),
            ],
            options={
                'ordering': ['sequence'],
            },
        ),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.BigIntegerField(help_text='How many events it covers.')),
                ('root', models.BinaryField(max_length=32)),
                ('note', models.TextField(help_text='The signed note, byte for byte (docs/ledger.md).')),
                ('signed_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['size'], name='checkpoint_by_size')],
            },
        ),
        migrations.RunPython(copy_events, migrations.RunPython.noop),
    ]
