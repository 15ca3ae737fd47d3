"""`manage.py rotate_keys` on thousands of keys: killed, stopped, run again, read all the while."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from images.services.rotation import BATCH
from tests.project.starting import MANAGE, MASTER, OTHER_MASTER, ROOT, Ended, environment, manage

KEYS = int(os.environ.get("ROTATION_KEYS", "1200"))
ADD_KEYS = f"""
from images.models import AccessKey, User
alice = User.objects.create_user("alice")
def key(n):
    made = AccessKey(owner=alice, alias=f"key {{n}}", environment="e", region="kr-west1",
                     api_version="1.3")
    made.seal(access_key=f"AKEY{{n}}", secret_key=f"secret {{n}}")
    return made

AccessKey.objects.bulk_create([key(n) for n in range({KEYS})], batch_size=500)
"""
# Opens every key again and again, from the first to the last, until the file is there.
READ = """
import pathlib
import sys
from images.models import AccessKey
from images.vault import open_vault
rounds = opened = 0
while True:
    is_last = pathlib.Path({stop!r}).exists()
    for key in AccessKey.objects.order_by("pk").iterator(chunk_size=50):
        n = key.alias.partition(" ")[2]
        assert open_vault().open(key.sealed_access_key, key.place("access_key")) == f"AKEY{{n}}"
        assert open_vault().open(key.sealed_secret_key, key.place("secret_key")) == f"secret {{n}}"
        opened += 1
    rounds += 1
    if is_last:
        break

sys.stdout.write(f"{{rounds}} rounds, {{opened}} opened\\n")
"""
# The command itself, waiting for a word after its second batch.
WAITING = """
import os
import sys
import django
from django.core.management import execute_from_command_line

def with_wait():
    from images.services import rotation
    seal, batches = rotation._seal, []
    def waiting(*given):
        step = seal(*given)
        batches.append(step)
        if len(batches) == 2:
            print("two batches", flush=True)
            sys.stdin.readline()
        return step
    rotation._seal = waiting

os.environ["DJANGO_SETTINGS_MODULE"] = "scpconsole.settings"
django.setup()
with_wait()
execute_from_command_line(["manage.py", "rotate_keys"])
"""
COUNT = """
import sys
from collections import Counter
from images.models import AccessKey, AuditEvent
with_ = Counter(AccessKey.objects.values_list("sealed_with", flat=True))
told = sum(e.facts["count"] for e in AuditEvent.objects.filter(action="vault.rotated"))
sys.stdout.write(f"{sorted(with_.values())} {told}\\n")
"""


@pytest.fixture
def stored(tmp_path: Path) -> dict[str, str]:
    """The environment of a console whose keys wait for the new first master."""
    before = environment(tmp_path)
    migrated = manage("migrate", "--verbosity", "0", env=before)
    assert migrated.code == 0, migrated.text
    added = manage("shell", env=before, given=ADD_KEYS)
    assert added.code == 0, added.text
    return environment(tmp_path, KEYRING=f"{OTHER_MASTER} {MASTER}")


@pytest.fixture
def reader(stored: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A console process that opens keys all the while; it ends badly at the first that does not."""
    stop = tmp_path / "stop"
    with started("shell", env=stored, given=READ.format(stop=str(stop))) as reading:
        yield reading
        reading.kill()


def started(*arguments: str, env: dict[str, str], given: str = "") -> subprocess.Popen[str]:
    program = subprocess.Popen(
        [sys.executable, MANAGE, *arguments],
        env=env,
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert program.stdin
    program.stdin.write(given)
    program.stdin.close()
    program.stdin = None
    return program


def ended_by(number: signal.Signals, env: dict[str, str]) -> Ended:
    """Run the rotation and send it the signal between two batches, however quick it is."""
    program = subprocess.Popen(
        [sys.executable, "-c", WAITING],
        env=env,
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert program.stdout
    assert program.stdout.readline() == "two batches\n"
    program.send_signal(number)
    text, _ = program.communicate("go on\n", timeout=60)
    return Ended(program.returncode, text)


def count(env: dict[str, str]) -> str:
    return manage("shell", env=env, given=COUNT).lines[-1]


def test_kill_and_stop_and_go_on_while_others_read(
    stored: dict[str, str], reader: subprocess.Popen[str], tmp_path: Path
) -> None:
    without_the_old = manage("rotate_keys", env={**stored, "KEYRING": OTHER_MASTER})
    assert without_the_old.code == 1
    assert without_the_old.text.startswith(
        "CommandError: No key was changed. KEYRING does not hold the master key"
    )
    assert count(stored) == f"[{KEYS}] 0"

    killed = ended_by(signal.SIGKILL, stored)
    assert killed.code == -signal.SIGKILL
    assert count(stored) == f"[{2 * BATCH}, {KEYS - 2 * BATCH}] {2 * BATCH}"

    stopped = ended_by(signal.SIGTERM, stored)
    assert stopped.code == 1, stopped.text
    assert (
        f"{KEYS - 4 * BATCH:,} more access keys are sealed with another master: run it again."
        in (stopped.text)
    )
    assert "Traceback" not in stopped.text

    begun = time.monotonic()
    done = manage("rotate_keys", env=stored)
    assert done.code == 0, done.text
    assert "No access key and no second factor needs another one.\n" in done.text
    sys.stdout.write(f"the rest of {KEYS} keys: {time.monotonic() - begun:.1f} s\n")
    assert count(stored) == f"[{KEYS}] {KEYS}"

    (tmp_path / "stop").touch()
    read, _ = reader.communicate(timeout=60)
    assert reader.returncode == 0, read
    assert "rounds" in read
    new_alone = environment(tmp_path, KEYRING=OTHER_MASTER)
    assert manage("shell", env=new_alone, given=READ.format(stop=str(tmp_path / "stop"))).code == 0
