"""Settings of the tests: the real ones, with made-up secrets and a loopback SCP."""

import os
from pathlib import Path

_scratch = Path(__file__).resolve().parent.parent / ".cache" / "tests"
(_scratch / "static").mkdir(parents=True, exist_ok=True)
os.environ["CONSOLE_DATA_DIR"] = str(_scratch)
os.environ.setdefault("SECRET_KEY", "made-up-for-tests-and-used-nowhere-else-0123456789abcdef")
os.environ.setdefault("KEYRING", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
os.environ["CONSOLE_URL"] = "http://testserver"
os.environ["SCP_URL_TEMPLATE"] = "http://127.0.0.1:9"
os.environ["SCP_ALLOW_LOOPBACK"] = "on"
os.environ["SCP_ENVIRONMENTS"] = "e=kr-west1,kr-east1 g=kr-south1"

from scpconsole.settings import *  # noqa: E402, F403

DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}  # noqa: F405
# Argon2 costs a tenth of a second a sign-in by design; the tests sign in a thousand times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
