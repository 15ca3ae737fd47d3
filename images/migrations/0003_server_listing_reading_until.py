from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("images", "0002_settling"),
    ]

    operations = [
        migrations.AddField(
            model_name="serverlisting",
            name="reading_until",
            field=models.DateTimeField(
                help_text="Set while somebody reads; nobody else does before.", null=True
            ),
        ),
    ]
