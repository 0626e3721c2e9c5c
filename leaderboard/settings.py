"""Every setting of the site, read from the environment once, typed.

``VLMLB_ENV`` is ``production`` unless it says ``development`` or ``test``. In production a missing secret stops the
start with a message that names it. ``DATABASE_URL`` and ``REDIS_URL`` are set by the launcher when the servers are
the embedded ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from evaluator.messages import SITE_QUEUE
from leaderboard.core.judges import judge_problem

env = environ.Env()

ROOT = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("VLMLB_VAR", default=str(ROOT / "var")))

ENVIRONMENT: str = env.str("VLMLB_ENV", default="production")
if ENVIRONMENT not in {"production", "development", "test"}:
    raise ImproperlyConfigured(
        f"VLMLB_ENV is {ENVIRONMENT!r}; use production, development or test."
    )
PRODUCTION = ENVIRONMENT == "production"


def secret(name: str, *, stand_in: str = "") -> str:
    """Return a secret. Outside production a missing one becomes ``stand_in``; in production it stops the start."""
    value = env.str(name, default="")
    if value:
        return str(value)
    if PRODUCTION:
        raise ImproperlyConfigured(
            f"{name} is not set. Set it in the environment, or use `make up`, which makes one for this instance."
        )
    return stand_in


SECRET_KEY = secret("SECRET_KEY", stand_in="not-a-secret-development-only")
DEBUG: bool = env.bool("DEBUG", default=False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL: str = env.str("PUBLIC_URL", default="")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "drf_spectacular",
    "leaderboard.core",
    "leaderboard.accounts",
    "leaderboard.sso",
    "leaderboard.catalog",
    "leaderboard.runs",
    "leaderboard.results",
    "leaderboard.boards",
    "leaderboard.explorer",
    "leaderboard.review",
    "leaderboard.notifications",
    "leaderboard.api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "leaderboard.urls"
WSGI_APPLICATION = "leaderboard.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "leaderboard.core.context.site",
                "leaderboard.review_pages.context.review",
            ],
        },
    }
]

# --- Data -----------------------------------------------------------------------------------------

DATABASE_URL = secret("DATABASE_URL", stand_in="postgres://127.0.0.1:5432/vlmlb")
DATABASES: dict[str, dict[str, Any]] = {"default": environ.Env.db_url_config(DATABASE_URL)}
DATABASES["default"]["OPTIONS"] = (
    {} if ENVIRONMENT == "test" else {"pool": {"min_size": 1, "max_size": 8}}
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

REDIS_URL = secret("REDIS_URL", stand_in="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}

ARTIFACTS_URL: str = env.str("ARTIFACTS_URL", default=str(VAR_DIR / "artifacts"))
"""Bundles and pictures: a folder, or any fsspec URL (``s3://bucket/prefix``)."""

# --- Evaluation -----------------------------------------------------------------------------------

EVALUATOR_PUBLIC_KEY: str = env.str("EVALUATOR_PUBLIC_KEY", default="")
"""Base64 Curve25519 key with which submitted API keys are sealed. Without it, keys cannot be submitted."""
ENDPOINT_ALLOWED_NETWORKS: list[str] = env.list("ENDPOINT_ALLOWED_NETWORKS", default=[])
CHECKPOINT_ROOTS: list[str] = [p for p in env.str("CHECKPOINT_ROOTS", default="").split(":") if p]

SUBMISSIONS_PER_DAY: int = env.int("SUBMISSIONS_PER_DAY", default=50)
"""Per user, where the user has no quota of their own. So are the next two."""
ACTIVE_SUBMISSIONS: int = env.int("ACTIVE_SUBMISSIONS", default=20)
"""That wait or run at once."""
GPU_HOURS: float | None = env.float("GPU_HOURS", default=None)
"""In any 30 days. Empty: as many as there are."""
REVIEW_OWN: bool = env.bool("REVIEW_OWN", default=False)
"""Whether reviewers decide on what they submitted themselves, as where there is only one."""
MAX_ATTEMPTS: int = env.int("MAX_ATTEMPTS", default=3)
HEARTBEAT_TIMEOUT_S: int = env.int("HEARTBEAT_TIMEOUT_S", default=60)
"""A run whose worker was not heard of for so long is failed as WORKER_LOST."""
IMPORT_MAX_MB: int = env.int("IMPORT_MAX_MB", default=64)
"""Of a results file that is sent through the API, in units of 2**20 bytes."""
IDEMPOTENCY_HOURS: int = env.int("IDEMPOTENCY_HOURS", default=24)
"""How long the answer to a request with an Idempotency-Key is given again."""
EVENT_STREAMS: int = env.int("EVENT_STREAMS", default=2)
"""Server-sent streams that a web process has open at once. Each takes a thread, and pages need some too."""
EVENT_STREAM_S: float = env.float("EVENT_STREAM_S", default=60.0)
"""How long a stream lasts before its reader must come back."""
GPU_MEMORY_GB: int = env.int("GPU_MEMORY_GB", default=80)
"""Of one of the workers' GPUs, in GiB. Decides how many a checkpoint is given whose submitter does not say."""
MAX_ERRORED_SHARE: float = env.float("MAX_ERRORED_SHARE", default=0.01)

# --- Benchmarks without a file of their own -----------------------------------------------------------

GENERIC_BENCHMARKS: str = env.str("GENERIC_BENCHMARKS", default="")
"""A JSON or TOML file of declarations of further lmms-eval tasks, taken up by ``manage.py sync_benchmarks``."""

# --- The judge of answers that rules leave open ------------------------------------------------------

JUDGE_BASE_URL: str = env.str("JUDGE_BASE_URL", default="").strip()
"""Of an OpenAI-compatible endpoint. Empty: no judge, such answers are unparsed."""
JUDGE_MODEL: str = env.str("JUDGE_MODEL", default="").strip()
JUDGE_API_KEY: str = env.str("JUDGE_API_KEY", default="").strip()
JUDGE_CONCURRENCY: int = env.int("JUDGE_CONCURRENCY", default=8)
JUDGE_TIMEOUT: float = env.float("JUDGE_TIMEOUT", default=60.0)
"""Seconds for one reply."""
JUDGE_BENCHMARKS: list[str] = env.list("JUDGE_BENCHMARKS", default=[])
"""Slugs. Empty: every benchmark that has a prompt for judges."""
JUDGE_EVERYTHING: list[str] = env.list("JUDGE_EVERYTHING", default=[])
"""Slugs of those benchmarks whose every answer the judge rules on."""
MAX_UNJUDGED_SHARE: float = env.float("MAX_UNJUDGED_SHARE", default=0.01)

if problem := judge_problem(
    JUDGE_BASE_URL, JUDGE_MODEL, JUDGE_API_KEY, JUDGE_CONCURRENCY, JUDGE_TIMEOUT
):
    raise ImproperlyConfigured(problem)

# --- Celery ---------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = SITE_QUEUE
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A killed worker's message comes back after this. A task that takes longer is delivered twice, which every
    # task of the site bears.
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # The evaluator's workers use the same Redis and hold their messages for days: without keys of its own, the
    # site would hand those out again.
    "unacked_key": "site.unacked",
    "unacked_index_key": "site.unacked_index",
    "unacked_mutex_key": "site.unacked_mutex",
    # Somebody may be waiting for the page that sends.
    "socket_connect_timeout": 5,
}
REAP_EVERY_S = 15.0
NOTIFY_EVERY_S = 30.0
FORGET_EVERY_S = 3600.0
CELERY_BEAT_SCHEDULE = {
    "reap lost runs": {
        "task": "leaderboard.runs.tasks.reap_lost_runs",
        "schedule": REAP_EVERY_S,
        # One that waited long, because the site's worker was down or busy, would judge by today's clock workers
        # whose deliveries are still in the queue behind it. The next one comes behind those.
        "options": {"expires": REAP_EVERY_S},
    },
    "send due notifications": {
        "task": "leaderboard.notifications.tasks.send_due",
        "schedule": NOTIFY_EVERY_S,
        "options": {"expires": NOTIFY_EVERY_S},
    },
    "forget answers to repeated requests": {
        "task": "leaderboard.api.tasks.forget_answers",
        "schedule": FORGET_EVERY_S,
        "options": {"expires": FORGET_EVERY_S},
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "run" / "celerybeat-schedule")

# --- Pages ----------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ENVIRONMENT == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "boards:home"
LOGOUT_REDIRECT_URL = "boards:home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SIGN_UP: str = env.str("SIGN_UP", default="closed")
"""Who may make an account: ``open``, ``invite`` (by a link from the admin) or ``closed`` (the admin makes them)."""
if SIGN_UP not in {"open", "invite", "closed"}:
    raise ImproperlyConfigured(f"SIGN_UP is {SIGN_UP!r}; use open, invite or closed.")
INVITATION_DAYS: int = env.int("INVITATION_DAYS", default=14)

# --- Single sign-on -------------------------------------------------------------------------------

OIDC_PROVIDER_ID = "sso"
OIDC_SERVER_URL: str = env.str("OIDC_SERVER_URL", default="")
"""The issuer of an OpenID Connect provider, or the address of its ``openid-configuration``. Empty: none is offered."""
OIDC_NAME: str = env.str("OIDC_NAME", default="single sign-on")
"""What the button says: ``Continue with …``."""
OIDC_SIGN_UP: bool = env.bool("OIDC_SIGN_UP", default=False)
"""Whether whoever the provider lets in gets an account, whatever ``SIGN_UP`` says."""
if OIDC_SERVER_URL:
    _oidc = {"client_id": secret("OIDC_CLIENT_ID"), "secret": secret("OIDC_CLIENT_SECRET")}
    _oidc_settings = {"server_url": OIDC_SERVER_URL, "oauth_pkce_enabled": True}
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {"provider_id": OIDC_PROVIDER_ID, "name": OIDC_NAME, "settings": _oidc_settings}
                | _oidc
            ]
        }
    }
SOCIALACCOUNT_ADAPTER = "leaderboard.sso.adapter.Adapter"
# E-mail addresses are the provider's to verify, and prove nothing here.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if env.bool("HTTPS", default=False) else "http"

# --- E-mail ---------------------------------------------------------------------------------------

EMAIL_URL: str = env.str("EMAIL_URL", default="")
"""``smtp+tls://user:password@host:587``. Empty: the site sends none, and passwords are reset by an administrator."""
DEFAULT_FROM_EMAIL: str = env.str("EMAIL_FROM", default="vlm-leaderboard@localhost")
vars().update(env.email_url_config(EMAIL_URL or "dummymail://"))
EMAIL_TIMEOUT = 10

# --- Security -------------------------------------------------------------------------------------

HTTPS: bool = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # Bars and interval marks carry their position in a custom property of the element.
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

# --- REST -----------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "leaderboard.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["leaderboard.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "leaderboard.api.problems.handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "VLM Leaderboard",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "leaderboard.api.schema_hooks.add_examples",
    ],
    "ENUM_NAME_OVERRIDES": {
        "RunStateEnum": "leaderboard.runs.states.RunState.choices",
        "DeliveryStateEnum": ["pending", "delivered", "failed"],
        "VerdictEnum": "leaderboard.results.models.Verdict.choices",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # A line for each question to the judge would bury everything else.
    "loggers": {"httpx": {"level": "WARNING"}},
}
