from django.db import migrations, models
from django.db.models import F


def copy_fingerprints(apps, schema_editor):
    """So far one column was both: what records say, and what finds the same key again."""
    apps.get_model("images", "AccessKey").objects.update(mark=F("fingerprint"))


class Migration(migrations.Migration):
    dependencies = [
        ("images", "0008_export"),
    ]

    operations = [
        migrations.AddField(
            model_name="accesskey",
            name="mark",
            field=models.CharField(
                default="",
                help_text="Finds the same access key again; made with the same master.",
                max_length=64,
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="accesskey",
            name="fingerprint",
            field=models.CharField(
                help_text="What records call this access key; it never changes.", max_length=64
            ),
        ),
        migrations.RunPython(copy_fingerprints, migrations.RunPython.noop, elidable=True),
    ]
