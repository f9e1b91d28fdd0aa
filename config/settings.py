"""All settings, from the environment. `DEMO=1` is the only way to run without giving them."""

import re
import secrets
from hashlib import blake2b
from pathlib import Path

import environ
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- What this installation is ------------------------------------------------------------------

DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)
SECRET_KEY = env.str("SECRET_KEY", default="")
if DEMO and not SECRET_KEY:
    kept = VAR_DIR / "secret-key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    SECRET_KEY = kept.read_text()
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
HOST = env.str("HOST", default="127.0.0.1")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=LOOPBACK if DEMO else [])
HTTPS = env.bool("HTTPS", default=not DEMO)


def refuse(found: str, cure: str):
    """Ends the process, manage.py and the web server alike, with one line instead of a traceback."""
    raise SystemExit(f"Opsroom does not start: {found} {cure}")


if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5:
    refuse("SECRET_KEY is missing or weak.", "Set it to 50 or more random characters: openssl rand -base64 48")
if DEMO:
    if not {HOST, *ALLOWED_HOSTS} <= {*LOOPBACK, "::1"}:
        refuse(
            "the demo, whose passwords are public, may be reached from this machine only.",
            "Unset HOST and ALLOWED_HOSTS, or unset DEMO.",
        )
else:
    if DEBUG:
        refuse("DEBUG is on.", "Unset DEBUG; only the demo (DEMO=1) may run with it.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        refuse(
            "ALLOWED_HOSTS is empty or '*'.",
            "Set it to the names people use: ALLOWED_HOSTS=opsroom.example.org",
        )
    if wide := [name for name in ALLOWED_HOSTS if name.startswith(".") and "." not in name.strip(".")]:
        refuse(
            f"ALLOWED_HOSTS lets in everything under {wide[0]}.",
            "Set it to the names people use: ALLOWED_HOSTS=opsroom.example.org",
        )

# Where links in e-mails lead.
SITE_URL = env.str("SITE_URL", default="").rstrip("/")
if not SITE_URL and DEMO:
    SITE_URL = f"http://{f'[{HOST}]' if ':' in HOST else HOST}:{env.str('PORT', default='8000')}"
elif not SITE_URL:
    SITE_URL = f"{'https' if HTTPS else 'http'}://{ALLOWED_HOSTS[0].lstrip('.')}"
if not re.fullmatch(r"https?://[^\s/?#]+", SITE_URL):
    refuse(f"SITE_URL is {SITE_URL!r}.", "Set it to the address people use: SITE_URL=https://opsroom.example.org")

TIME_ZONE = env.str("TIME_ZONE", default="Europe/Berlin")
USE_TZ = True
LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = ["config.formats"]
CURRENCY = env.str("CURRENCY", default="€")

# What pages are made by: another build, another page.
SOURCES = [
    f
    for app in ("departments", "kpis", "issues", "meetings", "dashboard", "templates", "static")
    for f in (BASE_DIR / app).rglob("*")
]
PARTS = sorted((f.name, f.stat().st_mtime_ns) for f in SOURCES if f.suffix in (".py", ".html", ".css", ".js"))
BUILD = blake2b(repr([TIME_ZONE, CURRENCY, PARTS]).encode(), digest_size=8).hexdigest()

# --- Parts --------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "departments",
    "kpis",
    "issues",
    "meetings",
    "dashboard",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "axes",
    "csp",
    "django_htmx",
    "import_export",
    "lucide",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "simple_history",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.Slashes",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.context.frame",
            ],
        },
    },
]

# --- Rows ---------------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/opsroom.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)

# --- Work in the background: rows are the queue, the broker only wakes the worker ----------------

CELERY_BROKER_URL = env.str("BROKER_URL", default="filesystem://localhost")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for as long as it takes
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True  # none is: messages are taken before work begins
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
if CELERY_BROKER_URL.startswith("filesystem://"):
    CELERY_BROKER_TRANSPORT = "config.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker"),
        "data_folder_out": str(VAR_DIR / "broker"),
        "control_folder": str(VAR_DIR / "broker-control"),
        "polling_interval": 0.1,
    }
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "ack_emulation": False,  # one that fails in an outage would keep the worker waiting for good
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 3,  # a connection that died in silence is given up after twice that
    }

# --- Who is there -------------------------------------------------------------------------------

AUTH_USER_MODEL = "departments.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "departments.authentication.Backend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "departments.authentication.Adapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # there is no sign-up that such a mail could point to
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # axes counts, in the database: exactly, and for all processes
AXES_USERNAME_CALLABLE = "departments.authentication.counted_as"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # departments.admin has its own

EMAIL_CONFIG = env.email("EMAIL_URL", default="filemail://" if DEMO else "smtp://localhost:25")
EMAIL_CONFIG["EMAIL_FILE_PATH"] = EMAIL_CONFIG["EMAIL_FILE_PATH"] or str(VAR_DIR / "mail")  # a file each, in the demo
if EMAIL_CONFIG["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
    EMAIL_CONFIG["EMAIL_BACKEND"] = "departments.smtp.EmailBackend"
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds, for each word that is exchanged
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Opsroom <opsroom@localhost>")

# --- What a browser may do ----------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31536000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        # The three style tags that Plotly writes itself; a browser test pins them.
        "style-src": [
            SELF,
            "'unsafe-hashes'",
            "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
            "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='",
            "'sha256-AR/cKIZjWPcPmBUPDA6oti9XBiTbJvz0Cro2J1VzzS8='",
        ],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
    },
}

# --- Files --------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = None if DEMO else env.str("STATIC_ROOT", default=str(VAR_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.staticfiles.PlotlyFinder",
]
WHITENOISE_USE_FINDERS = DEMO
if not DEMO:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    WHITENOISE_KEEP_ONLY_HASHED_FILES = True
    WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["gif", "ico", "jpg", "map", "png", "woff", "woff2"]
UPLOADS_DIR = (
    VAR_DIR / "uploads"
)  # files on their way into an import: web and worker share it, nobody is served from it
ATTACHMENTS_DIR = VAR_DIR / "attachments"  # files of issues
FILE_UPLOAD_TEMP_DIR = VAR_DIR  # /tmp may be memory
UPLOAD_LIMIT = env.int("UPLOAD_LIMIT_MB", default=100) * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20

# --- API ----------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "departments.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["departments.authentication.Allowed"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Opsroom",
    "DESCRIPTION": "Departments, KPIs, what was recorded and what it adds up to.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "CadenceEnum": "kpis.models.kpi.CADENCES",
        "VariationEnum": "kpis.api.series.KINDS",
        "SignalEnum": "kpis.api.signals.KINDS",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"brief": {"()": "config.console.Brief"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["brief"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {"django.security.DisallowedHost": {"level": "CRITICAL"}},  # scanners: a 400 says enough
}
