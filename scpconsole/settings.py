"""Every setting of the console, read top to bottom. docs/settings.md lists them for operators.

Values come from environment variables (or files named by `NAME_FILE`); an odd value stops the
start and names the variable.
"""

from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from images.scp.connecting import is_loopback
from images.scp.endpoints import BadEndpoint, base_url
from scpconsole.data_folder import data_folder
from scpconsole.env import (
    SettingError,
    env_bool,
    env_certificates,
    env_choice,
    env_choices,
    env_database,
    env_int,
    env_name,
    env_origin,
    env_places,
    env_safe_url,
    env_secret,
    env_text,
    env_token,
    env_url,
    require_installed,
)
from scpconsole.logs import FORMATS, logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = data_folder()

# --- Secrets: no defaults -----------------------------------------------------------------------
SECRET_KEY = env_secret("SECRET_KEY")
# 32-byte masters in base64 or wrapped, white space between; the first seals, all of them open.
KEYRING = env_secret("KEYRING").split()
# 32 bytes in base64: the Ed25519 key that signs the ledger's checkpoints (docs/ledger.md).
LEDGER_KEY = env_secret("LEDGER_KEY")

# --- Masters that a service outside has wrapped -------------------------------------------------
_WRAPPERS = {"none": "", "transit": "images.transit.TransitWrapper"}
KEY_WRAPPER = env_choice("KEY_WRAPPER", default="none", choices=frozenset(_WRAPPERS))
KEY_WRAPPER_CLASS = _WRAPPERS[KEY_WRAPPER]
if KEY_WRAPPER == "transit":
    VAULT_URL = env_safe_url("VAULT_URL")
    VAULT_TOKEN = env_secret("VAULT_TOKEN")
    VAULT_KEY_NAME = env_name("VAULT_KEY_NAME", default="scp-console")
    VAULT_MOUNT = env_name("VAULT_MOUNT", default="transit")
    VAULT_CA = env_certificates("VAULT_CA")
    require_installed("hvac", named_by="KEY_WRAPPER is transit", file="requirements-vault.txt")

# --- Where the console is reached ---------------------------------------------------------------
DEBUG = env_bool("DEBUG", default=False)
CONSOLE_URL = env_origin("CONSOLE_URL", default="http://127.0.0.1:8000")
_console = urlsplit(CONSOLE_URL)
_is_https = _console.scheme == "https"
ALLOWED_HOSTS = [_console.hostname or ""]
CSRF_TRUSTED_ORIGINS = [CONSOLE_URL]

# --- The ledger ---------------------------------------------------------------------------------
# The name that checkpoints carry; part of what is signed, so it stays when the console moves.
LEDGER_ORIGIN = env_text("LEDGER_ORIGIN", default=f"{_console.hostname}/history")
# The signer's own memory. Best on another disk than the database, and in no backup of it.
LEDGER_STATE_FILE = Path(
    env_text("LEDGER_STATE_FILE", default=str(DATA_DIR / "ledger" / "head.json"))
)
# Where each checkpoint is written down outside the database, a file a month.
LEDGER_ANCHOR_DIR = Path(
    env_text("LEDGER_ANCHOR_DIR", default=str(DATA_DIR / "ledger" / "checkpoints"))
)
LEDGER_ANCHOR_URL = env_url("LEDGER_ANCHOR_URL")
LEDGER_ANCHOR_MAIL = env_text("LEDGER_ANCHOR_MAIL", default="").split()
EMAIL_HOST = env_text("EMAIL_HOST", default="localhost")
EMAIL_PORT = env_int("EMAIL_PORT", default=25, low=1, high=65_535)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env_text("EMAIL_FROM", default=f"console@{_console.hostname}")
# How long events and the bytes of calls are kept; requests themselves are kept for good.
RETENTION_YEARS = env_int("RETENTION_YEARS", default=5, low=2, high=100)

# --- SCP ----------------------------------------------------------------------------------------
SCP_URL_TEMPLATE = env_text(
    "SCP_URL_TEMPLATE",
    default="https://virtualserver.{region}.{environment}.samsungsdscloud.com",
)
SCP_ENVIRONMENTS = env_places(
    "SCP_ENVIRONMENTS",
    default="e=kr-west1,kr-east1 s=kr-west1,kr-east1 g=kr-south1,kr-south2,kr-south3",
)
SCP_ALLOW_LOOPBACK = env_bool("SCP_ALLOW_LOOPBACK", default=False)
# For an SCP that is reached through a private network; never lets calls go to this machine.
SCP_ALLOW_PRIVATE = env_bool("SCP_ALLOW_PRIVATE", default=False)
SCP_CA_BUNDLE = env_certificates("SCP_CA_BUNDLE")
SCP_CONNECT_SECONDS = env_int("SCP_CONNECT_SECONDS", default=4, low=1, high=60)
SCP_READ_SECONDS = env_int("SCP_READ_SECONDS", default=15, low=1, high=300)
SCP_TOTAL_SECONDS = env_int("SCP_TOTAL_SECONDS", default=30, low=2, high=600)
# The same for a page: a person who waits gives up sooner than the worker.
SCP_PAGE_SECONDS = env_int("SCP_PAGE_SECONDS", default=10, low=1, high=60)
SCP_LIST_FRESH_SECONDS = env_int("SCP_LIST_FRESH_SECONDS", default=60, low=0, high=3600)

for _environment, _regions in SCP_ENVIRONMENTS.items():
    for _region in _regions:
        try:
            base_url(SCP_URL_TEMPLATE, _environment, _region, allow_loopback=SCP_ALLOW_LOOPBACK)
        except BadEndpoint as _error:
            raise SettingError(f"SCP_URL_TEMPLATE: {_error}") from _error

# --- Applications -------------------------------------------------------------------------------
INSTALLED_APPS = [
    "images",
    "scpconsole",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
]
MIDDLEWARE = [
    "images.middleware.OriginMiddleware",
    "images.answer_headers.HeadersMiddleware",
    "images.middleware.PrivateMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "images.compression.PageGzipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "images.middleware.BodyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "images.session_limits.SessionLimitsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "images.middleware.SignInMiddleware",
    "images.second_factor.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "images.middleware.MethodMiddleware",
    "images.middleware.BusyMiddleware",
    "images.one_value.OneValueMiddleware",
]
ROOT_URLCONF = "scpconsole.urls"
WSGI_APPLICATION = "scpconsole.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "images.context_processors.console",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database -----------------------------------------------------------------------------------
_database = env_database("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'console.sqlite3'}")
# The most connections of one process. A thread that waits for SCP keeps its own.
DATABASE_CONNECTIONS = env_int("DATABASE_CONNECTIONS", default=24, low=4, high=200)
# Whoever waits longer gets an error, and the work is put off or looked for; 0 is no limit.
_lock_seconds = env_int("DATABASE_LOCK_SECONDS", default=10, low=0, high=600)
_statement_seconds = env_int("DATABASE_STATEMENT_SECONDS", default=30, low=0, high=86_400)
IS_POSTGRES = _database["ENGINE"] == "scpconsole.postgresql"
DATABASE_FILE = None if IS_POSTGRES else Path(_database["NAME"])
if IS_POSTGRES:
    _database["OPTIONS"] = {
        "connect_timeout": 5,
        # A server that vanished without a word is noticed: milliseconds, seconds.
        "tcp_user_timeout": 20_000,
        "keepalives_idle": 30,
        # No transaction of ours stays open while it waits for anybody but the database.
        "options": (
            f"-c lock_timeout={_lock_seconds}s -c statement_timeout={_statement_seconds}s "
            "-c idle_in_transaction_session_timeout=30s"
        ),
        **_database["OPTIONS"],
        "pool": {"min_size": 1, "max_size": DATABASE_CONNECTIONS, "timeout": 10},
    }
else:
    _database["OPTIONS"] = {
        # IMMEDIATE: without it a third of concurrent writers fail at once instead of waiting.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: an intent that was committed must outlive a power cut. recursive_triggers: without
        # it INSERT OR REPLACE walks around a delete trigger; images/displacing.py has the rest.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;"
        ),
    }
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache --------------------------------------------------------------------------------------
# What all processes must count together: tries to sign in. A flood of made-up names must not push
# out what is counted for others, hence the room.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "console_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- Background work ----------------------------------------------------------------------------
# Two queues behind one API: where jobs are put, the hands of the worker that take them, and what
# tells how much waits.
_QUEUES = {
    "database": (
        "django_tasks_db.DatabaseBackend",
        "scpconsole.database_hands.DatabaseHands",
        "scpconsole.database_hands.backlog",
    ),
    "procrastinate": (
        "scpconsole.procrastinate_queue.ProcrastinateBackend",
        "scpconsole.procrastinate_hands.ProcrastinateHands",
        "scpconsole.procrastinate_hands.backlog",
    ),
}
TASK_QUEUE = env_choice("TASK_QUEUE", default="database", choices=frozenset(_QUEUES))
if TASK_QUEUE == "procrastinate" and not IS_POSTGRES:
    raise SettingError("TASK_QUEUE=procrastinate needs PostgreSQL: set DATABASE_URL, too.")
TASKS = {"default": {"BACKEND": _QUEUES[TASK_QUEUE][0], "QUEUES": ["default"]}}
WORKER_HANDS = _QUEUES[TASK_QUEUE][1]
QUEUE_BACKLOG = _QUEUES[TASK_QUEUE][2]
if IS_POSTGRES:
    # With either queue, so that changing TASK_QUEUE needs no migration.
    INSTALLED_APPS.append("procrastinate.contrib.django")
    PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
    PROCRASTINATE_ON_APP_READY = "scpconsole.procrastinate_queue.register"
# A worker's claim must outlast the longest possible call, or a live call would look dead.
SEND_LEASE_SECONDS = SCP_TOTAL_SECONDS + 30
WORKER_SILENT_SECONDS = 20

# --- Sign-in and sessions -----------------------------------------------------------------------
AUTH_USER_MODEL = "images.User"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "images.sign_in_adapter.SignInAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"  # whoever adds a person vouches for the address
ACCOUNT_SESSION_REMEMBER = True
# Tries per address and per account ("key": the name typed), whether there is such a one or not.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/5m/ip,10/5m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
# How many proxies of ours stand before the console: so many entries of X-Forwarded-For are true.
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", default=0, low=0, high=10)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# Single sign-on with one OpenID Connect service, when OIDC_ISSUER names it: docs/sign-in.md.
OIDC_ISSUER = env_url("OIDC_ISSUER") and env_safe_url("OIDC_ISSUER")
OIDC_NAME = env_text("OIDC_NAME", default=urlsplit(OIDC_ISSUER).hostname or "")
OIDC_CLIENT_ID = env_secret("OIDC_CLIENT_ID") if OIDC_ISSUER else ""
OIDC_CLIENT_SECRET = env_secret("OIDC_CLIENT_SECRET") if OIDC_ISSUER else ""
OIDC_CA = env_certificates("OIDC_CA")
SOCIALACCOUNT_ADAPTER = "images.single_sign_on.adapter.SingleSignOnAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"provider_class": "images.single_sign_on.provider.Issuer"}
}
PASSWORD_HASHERS = ["images.hashing.SteadyHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "images.password_rules.LongestValidator", "OPTIONS": {"max_length": 128}},
    {"NAME": "images.password_rules.ProductWordsValidator"},
]
# Before keys, roles and full exports change hands: how long a proof of who one is holds.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 60 * env_int("PROOF_MINUTES", default=15, low=1, high=720)
# Whoever has one of these roles works with a second factor alone; docs/second-factor.md.
SECOND_FACTOR_ROLES = env_choices(
    "SECOND_FACTOR_ROLES", choices=frozenset({"operator", "auditor", "administrator"})
)
MFA_ADAPTER = "images.factor_adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# Nobody signs up, and no address is asked for: there is none to verify.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = {"webauthn_login": "10/m/ip", "webauthn_question": "30/m/ip"}
MFA_RECOVERY_CODE_COUNT = 10
MFA_RECOVERY_CODE_DIGITS = 12
# How long a link works with which an invited person, or one after a reset, sets a password.
PASSWORD_RESET_TIMEOUT = env_int("PASSWORD_LINK_DAYS", default=3, low=1, high=14) * 24 * 60 * 60
# Whether such a link may go by mail, through EMAIL_HOST, instead of over the screen.
PASSWORD_LINK_MAIL = env_bool("PASSWORD_LINK_MAIL", default=False)
# A session ends this long after its person was last seen, and this long after its sign-in.
SESSION_IDLE_MINUTES = env_int("SESSION_IDLE_MINUTES", default=30, low=5, high=720)
SESSION_HOURS = env_int("SESSION_HOURS", default=12, low=1, high=24)
SESSION_COOKIE_AGE = SESSION_HOURS * 60 * 60
# With this beginning a browser takes a cookie only from https, for this very host and all of it.
_cookie = "__Host-" if _is_https else ""
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _is_https
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = f"{_cookie}session"
CSRF_COOKIE_NAME = f"{_cookie}csrf"
LANGUAGE_COOKIE_NAME = f"{_cookie}language"
THEME_COOKIE_NAME = f"{_cookie}theme"
MESSAGES_COOKIE_NAME = f"{_cookie}messages"
MESSAGE_STORAGE = "images.message_cookies.MessageStorage"
CSRF_FAILURE_VIEW = "images.views.errors.csrf_failure"
# On https a proxy in front terminates TLS and says so by this header; docs/settings.md.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _is_https else None
SECURE_SSL_REDIRECT = _is_https
SECURE_HSTS_SECONDS = 31_536_000 if _is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _is_https
# The preload list is for whole domains; the console has only its own host to speak for.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
if not _is_https and is_loopback(_console.hostname or ""):
    # What never leaves this machine needs no TLS: HSTS, redirect to https, Secure cookies.
    SILENCED_SYSTEM_CHECKS += ["security.W004", "security.W008", "security.W012", "security.W016"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
# No form of ours sends a file; whoever sends one all the same fills no disk.
FILE_UPLOAD_HANDLERS: list[str] = []
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- Metrics ------------------------------------------------------------------------------------
# What Prometheus sends as its bearer token; without one there is no such page.
METRICS_TOKEN = env_token("METRICS_TOKEN")
if METRICS_TOKEN:
    require_installed(
        "prometheus_client", named_by="METRICS_TOKEN is set", file="requirements-metrics.txt"
    )
# A redirect would only hide that the token came in the clear: images/access.py refuses that.
SECURE_REDIRECT_EXEMPT = [r"^metrics$"]

# --- Language and time --------------------------------------------------------------------------
USE_I18N = True
LANGUAGE_CODE = env_choice("CONSOLE_LANGUAGE", default="en", choices=frozenset({"en", "ko"}))
LANGUAGES = [("ko", _("Korean")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "images" / "locale"]
USE_TZ = True
TIME_ZONE = env_text("CONSOLE_TIME_ZONE", default="Asia/Seoul")
if TIME_ZONE not in available_timezones():
    raise SettingError(f"CONSOLE_TIME_ZONE is not a known time zone: “{TIME_ZONE}”.")

# --- Static files -------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no page but ours has use for our files
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "scpconsole.one_file.OneFileStorage"},
}

# --- Errors -------------------------------------------------------------------------------------
DEFAULT_EXCEPTION_REPORTER_FILTER = "images.tracebacks.NoValues"

# --- Logs ---------------------------------------------------------------------------------------
LOGGING = logging_settings(
    form=env_choice("LOG_FORMAT", default="json", choices=FORMATS),
    level=env_choice(
        "LOG_LEVEL", default="INFO", choices=frozenset({"DEBUG", "INFO", "WARNING", "ERROR"})
    ),
    secrets=[
        *(SECRET_KEY, *KEYRING, LEDGER_KEY, VAULT_TOKEN if KEY_WRAPPER == "transit" else ""),
        *(str(_database.get("PASSWORD") or ""), METRICS_TOKEN, OIDC_CLIENT_SECRET),
    ],
)
