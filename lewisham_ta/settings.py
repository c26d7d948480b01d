"""Every setting, read from the environment. What an installation must set and has not stops the start, by name."""

import logging
import os
from pathlib import Path

import dj_database_url
import font_roboto
import pgtrigger
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from lewisham_ta import embedded
from lewisham_ta.logging import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

# With a database of its own this is an installation; without one it is the demo on embedded services.
INSTALLED = "DATABASE_URL" in os.environ


def needed(name: str, demo_value: str) -> str:
    """The value of an environment variable that an installation must set; the demo has a value of its own."""
    value = os.environ.get(name, "" if INSTALLED else demo_value)
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment (see .env.example).")
    return value


DEBUG = os.environ.get("DEBUG") == "1"
SECRET_KEY = needed("SECRET_KEY", "demo-only-" + "x" * 50)
ALLOWED_HOSTS = needed("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if origin]
# The demo is served on plain http on the machine itself; an installation is behind TLS unless it says otherwise.
HTTPS = os.environ.get("HTTPS", "1" if INSTALLED else "0") == "1"

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or embedded.database_url(), conn_max_age=60, conn_health_checks=True
    )
}
REDIS_URL = os.environ.get("REDIS_URL") or embedded.redis_url()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "bootstrap",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_tables2",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "health_check",
    "lewisham_ta.apps.Kernel",
    "contacts.apps.Contacts",
    "bookings.apps.Bookings",
    "payments.apps.Payments",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "lewisham_ta.nul.NulMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lewisham_ta.accounts.LoginMiddleware",
    "lewisham_ta.accounts.OwnPasswordMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lewisham_ta.methods.MethodMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "lewisham_ta.urls"
WSGI_APPLICATION = "lewisham_ta.wsgi.application"
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
                "lewisham_ta.context.shell",
            ],
            "builtins": ["lewisham_ta.templatetags.ta"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "django_tables2/ta.html"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# Roboto comes in a wheel that knows nothing of Django: the same files serve the browser and the PDFs.
STATICFILES_DIRS = [BASE_DIR / "static", ("fonts/roboto", font_roboto.font_directory)]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if INSTALLED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = (
    not INSTALLED
)  # the demo serves them where they lie; collecting and packing takes half a minute

AUTH_USER_MODEL = "lewisham_ta.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_SESSION_REMEMBER = False  # closing the browser logs out, whatever the time-out
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
# Guessing at one name is what axes locks; this slows down who tries many names from one address.
# Each web process counts for itself.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip"}
ACCOUNT_FORMS = {
    "login": "lewisham_ta.account_forms.LoginForm",
    "change_password": "lewisham_ta.account_forms.ChangePasswordForm",
    "set_password": "lewisham_ta.account_forms.SetPasswordForm",
    "reauthenticate": "lewisham_ta.account_forms.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "lewisham_ta.account_forms.CodeForm",
    "reauthenticate": "lewisham_ta.account_forms.ReauthenticateByCodeForm",
    "activate_totp": "lewisham_ta.account_forms.ActivateForm",
}
MFA_TOTP_ISSUER = "Temporary accommodation accounts"
ACCOUNT_ADAPTER = "lewisham_ta.accounts.AccountAdapter"
AXES_LOCKOUT_PARAMETERS = ["username", ["username", "ip_address"]]
AXES_FAILURE_LIMIT = "lewisham_ta.accounts.failure_limit"
AXES_COOLOFF_TIME = 0.5  # hours
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # going on guessing does not keep the person out for ever
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "lewisham_ta.accounts.client_ip"
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", "1" if INSTALLED else "0"))
AXES_LOCKOUT_TEMPLATE = "account/locked_out.html"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = int(os.environ.get("SESSION_MINUTES", "30")) * 60
SESSION_SAVE_EVERY_REQUEST = True  # the time-out counts from the last page, not from the log-in

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # asked from inside, before TLS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if INSTALLED else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap draws its form controls with data: images
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# The kinds of workbook that can be loaded: instances of lewisham_ta.imports.preview.Importer.
IMPORTERS = [
    "payments.leases.imports.register.PSL_REGISTER",
    "payments.batches.imports.BATCH_ANSWER",
    "bookings.sheet.imports.NIGHTLY_PAID",
    "bookings.academy.imports.ACADEMY_EXTRACT",
    "bookings.occupancy.imports.OCCUPANCY_LIST",
]

# Uploads are kept small; what is larger than this is refused before it is read.
UPLOAD_LIMIT_BYTES = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# The demo sends nothing: its mails are printed in the worker's log.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if INSTALLED else 'console'}.EmailBackend"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = True
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "ta-payments@example.org")

CELERY_BROKER_URL = REDIS_URL
# A message only wakes a worker. It stays queued until the work has ended, and comes back when the worker is killed.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 30 * 60
CELERY_TASK_TIME_LIMIT = 31 * 60
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60 * 60,
    # Nobody waits at a page for a broker that is down: the row is there, and the sweep finds it.
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    # A look that could not be had in time is dropped: the next one is due.
    "sweep": {"task": "lewisham_ta.tasks.sweep", "schedule": 3.0, "options": {"expires": 3}},
    "advices by e-mail": {
        "task": "payments.batches.tasks.email_advices",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "occupancy lists by e-mail": {
        "task": "bookings.occupancy.tasks.email_lists",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "invoice e-mails": {
        "task": "payments.invoices.tasks.email_providers",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    # Every day, because the team leader sets the day of the month: the task looks whether it is today.
    "monthly run": {"task": "payments.controc.tasks.monthly_run", "schedule": crontab(hour=6, minute=0)},
    "overpaid invoices": {"task": "payments.invoices.tasks.find_overpaid", "schedule": crontab(hour=6, minute=30)},
}

PGHISTORY_APPEND_ONLY = True
PGHISTORY_LEVEL = pgtrigger.Statement  # one trigger call a statement: rows come and go by the ten thousand

# JSON for an installation's log collector, key=value for a person at a terminal.
LOGGING = logging_config(json=INSTALLED)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # the line at a request's end says it all
