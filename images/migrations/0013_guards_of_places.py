from django.db import migrations

# As images/guards.py writes them, letter for letter: what a start finds to differ looks as if
# somebody had taken it off. Text of its own, because that file goes on and this one stays.
TRIGGERS = {
    'guard_auditevent_replace': (
        "CREATE TRIGGER guard_auditevent_replace BEFORE INSERT ON images_auditevent"
        " WHEN NOT (NOT EXISTS (SELECT 1 FROM images_auditevent AS other WHERE other.rowid = NEW.rowid))"
        " BEGIN SELECT RAISE(ABORT, 'A record is never replaced.'); END"
    ),
    'guard_checkpoint_replace': (
        "CREATE TRIGGER guard_checkpoint_replace BEFORE INSERT ON images_checkpoint"
        " WHEN NOT (NOT EXISTS (SELECT 1 FROM images_checkpoint AS other WHERE other.id = NEW.id))"
        " BEGIN SELECT RAISE(ABORT, 'A record is never replaced.'); END"
    ),
    'guard_imagerequest_replace': (
        "CREATE TRIGGER guard_imagerequest_replace BEFORE INSERT ON images_imagerequest"
        " WHEN NOT (NOT EXISTS (SELECT 1 FROM images_imagerequest AS other WHERE other.rowid = NEW.rowid)"
        " AND NOT EXISTS (SELECT 1 FROM images_imagerequest AS other WHERE other.id = NEW.id)"
        " AND NOT EXISTS (SELECT 1 FROM images_imagerequest AS other WHERE other.form_token = NEW.form_token)"
        " AND NOT EXISTS (SELECT 1 FROM images_imagerequest AS other WHERE other.image_id = NEW.image_id AND NOT (other.image_id = '') AND NOT (NEW.image_id = ''))"
        " AND NOT EXISTS (SELECT 1 FROM images_imagerequest AS other WHERE other.environment = NEW.environment AND other.region = NEW.region AND other.server_id = NEW.server_id"
        " AND other.state IN ('accepted', 'recorded', 'sending', 'unknown')"
        " AND NEW.state IN ('accepted', 'recorded', 'sending', 'unknown'))"
        " AND NOT EXISTS (SELECT 1 FROM images_imagerequest AS other WHERE other.environment = NEW.environment AND other.region = NEW.region AND other.image_name = NEW.image_name"
        " AND other.state IN ('accepted', 'recorded', 'sending', 'unknown')"
        " AND NEW.state IN ('accepted', 'recorded', 'sending', 'unknown')))"
        " BEGIN SELECT RAISE(ABORT, 'A record is never replaced.'); END"
    ),
    'guard_exchangerecord_replace': (
        "CREATE TRIGGER guard_exchangerecord_replace BEFORE INSERT ON images_exchangerecord"
        " WHEN NOT (NOT EXISTS (SELECT 1 FROM images_exchangerecord AS other WHERE other.id = NEW.id)"
        " AND NOT EXISTS (SELECT 1 FROM images_exchangerecord AS other WHERE other.request_id = NEW.request_id AND other.attempt = NEW.attempt))"
        " BEGIN SELECT RAISE(ABORT, 'A record is never replaced.'); END"
    ),
    'guard_auditevent_displace': (
        "CREATE TRIGGER guard_auditevent_displace BEFORE UPDATE ON images_auditevent"
        " WHEN NOT (NEW.rowid = OLD.rowid)"
        " BEGIN SELECT RAISE(ABORT, 'A record is never replaced.'); END"
    ),
    'guard_imagerequest_displace': (
        "CREATE TRIGGER guard_imagerequest_displace BEFORE UPDATE ON images_imagerequest"
        " WHEN NOT (NEW.rowid = OLD.rowid"
        " AND NOT EXISTS (SELECT 1 FROM images_imagerequest AS other WHERE other.image_id = NEW.image_id AND NOT (other.image_id = '') AND NOT (NEW.image_id = '') AND other.rowid <> OLD.rowid)"
        " AND NOT EXISTS (SELECT 1 FROM images_imagerequest AS other WHERE other.environment = NEW.environment AND other.region = NEW.region AND other.server_id = NEW.server_id"
        " AND other.state IN ('accepted', 'recorded', 'sending', 'unknown')"
        " AND NEW.state IN ('accepted', 'recorded', 'sending', 'unknown') AND other.rowid <> OLD.rowid)"
        " AND NOT EXISTS (SELECT 1 FROM images_imagerequest AS other WHERE other.environment = NEW.environment AND other.region = NEW.region AND other.image_name = NEW.image_name"
        " AND other.state IN ('accepted', 'recorded', 'sending', 'unknown')"
        " AND NEW.state IN ('accepted', 'recorded', 'sending', 'unknown') AND other.rowid <> OLD.rowid))"
        " BEGIN SELECT RAISE(ABORT, 'A record is never replaced.'); END"
    ),
}


def add(apps, schema_editor):
    remove(apps, schema_editor)  # a migrate to an earlier state leaves the guards of today
    if schema_editor.connection.vendor == 'sqlite':
        for trigger in TRIGGERS.values():
            schema_editor.execute(trigger)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == 'sqlite':
        for name in TRIGGERS:
            schema_editor.execute(f'DROP TRIGGER IF EXISTS {name}')


class Migration(migrations.Migration):
    """REPLACE of SQLite takes no record's place any more."""

    dependencies = [
        ('images', '0012_request_draft'),
    ]

    operations = [migrations.RunPython(add, remove)]
