from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0004_one_open_request_per_name'),
    ]

    operations = [
        migrations.AddField(
            model_name='imagerequest',
            name='woken_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='imagerequest',
            name='woken_for',
            field=models.DateTimeField(help_text='The due time of the last wake-up.', null=True),
        ),
    ]
