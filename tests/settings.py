"""Settings of the tests: the real ones, with made-up secrets and a loopback SCP."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# A folder for each run, so that two runs side by side do not share a database file.
_scratch = Path(tempfile.mkdtemp(prefix="console-tests-"))
atexit.register(shutil.rmtree, _scratch, ignore_errors=True)
(_scratch / "static").mkdir()
os.environ["CONSOLE_DATA_DIR"] = str(_scratch)
os.environ.setdefault("SECRET_KEY", "made-up-for-tests-and-used-nowhere-else-0123456789abcdef")
os.environ.setdefault("KEYRING", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
os.environ.setdefault("LEDGER_KEY", "bGVkZ2VyIGtleSBvZiB0aGUgdGVzdHM6IDMyIGJ5dGU=")
# A server to make a test database on, never the database itself; without one, a SQLite file.
if "TEST_DATABASE_URL" in os.environ:
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
os.environ["CONSOLE_URL"] = "http://testserver"
os.environ["SCP_URL_TEMPLATE"] = "http://127.0.0.1:9"
os.environ["SCP_ALLOW_LOOPBACK"] = "on"
os.environ["SCP_ENVIRONMENTS"] = "e=kr-west1,kr-east1 g=kr-south1"

from scpconsole.settings import *  # noqa: E402, F403

if not IS_POSTGRES:  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}  # noqa: F405
# Argon2 costs a tenth of a second a sign-in by design; the tests sign in a thousand times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
