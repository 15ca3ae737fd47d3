"""The web server's door. A wrong setting ends the start with one sentence that names it."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from images.charset import only_utf8

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scpconsole.settings")
try:
    application = only_utf8(get_wsgi_application())

    from images.services.starting import CannotStart, refuse_bad_start

    refuse_bad_start()
except ImproperlyConfigured as error:
    sys.exit(f"The console cannot start. {error}")
except CannotStart as error:
    sys.exit(f"The console cannot start. {error}")
