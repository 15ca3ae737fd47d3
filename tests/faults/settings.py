"""Settings of the fault matrix: the real ones, with shorter waits, so that a case takes seconds.

The environment is set by tests/faults/installing.py; nothing here has a default of its own.
"""

import os

from scpconsole.settings import *  # noqa: F403
from scpconsole.settings import DATABASES, SCP_TOTAL_SECONDS

# As in the product, longer than the longest call; the product adds half a minute.
SEND_LEASE_SECONDS = SCP_TOTAL_SECONDS + 2
# How long a statement waits for a locked SQLite file; the product waits 20 s.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"]["timeout"] = float(os.environ["DATABASE_LOCK_SECONDS"])
# No manifest: pages are read for their words, and nothing is collected for each case.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Argon2 costs a tenth of a second by design; these cases are not about passwords.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
