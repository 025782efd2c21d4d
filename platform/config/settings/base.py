"""What every installation shares. Secrets and addresses come from the environment, see config/env.py."""

from datetime import timedelta

from csp.constants import NONCE
from django.utils.translation import gettext_lazy as _

from config import env as environment
from config import sign_in
from config.artifact_env import ArtifactSettings
from config.notice_env import NoticeSettings
from config.retention_env import RetentionSettings

ROOT = environment.ROOT
ENV = environment.load()
CONCH_HOME = environment.home()
SECRET_KEY = environment.secret_key(ENV)
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *filter(None, ENV.get("CONCH_HOSTS", "").split(","))]

TRITON = environment.TritonSettings.from_env(ENV)
RECONCILE = environment.ReconcileSettings.from_env(ENV)
ARTIFACTS = ArtifactSettings.from_env(ENV, home=CONCH_HOME)
NOTICES = NoticeSettings.from_env(ENV)
RETENTION = RetentionSettings.from_env(ENV)
SIGN_IN = sign_in.SignInSettings.from_env(ENV)
SIGNING = environment.SigningSettings.from_env(ENV)
TRAIL = environment.TrailSettings.from_env(ENV)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "axes",
    "core",
    "local",
    "models_registry",
    "serving",
    "experiments",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.http.RequestIdMiddleware",
    "core.lane.ShortLaneMiddleware",
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
    "core.signing_in.sessions.SessionsMiddleware",
    "core.http.TimeZoneMiddleware",
    "core.http.PlatformErrorMiddleware",
    "axes.middleware.AxesMiddleware",
    "core.api.idempotency.IdempotencyMiddleware",
    "core.api.etags.EtagMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "core.context.page",
            ],
        },
    }
]

DATABASES = {
    "default": environment.database(ENV.get("DATABASE_URL", "postgresql://conch@127.0.0.1:5442/conch"))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "core.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "core.signing_in.backend.PeopleBackend",
]
LOGIN_URL = "core:sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "core:sign_in"

# allauth runs the steps of signing in; axes alone counts wrong tries, in the database all workers share.
ACCOUNT_ADAPTER = "core.signing_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_FORMS = {
    "login": "core.signing_in.forms.SignInForm",
    "signup": "core.signing_in.forms.JoinForm",
    "change_password": "core.signing_in.forms.PasswordForm",
    "reauthenticate": "core.signing_in.forms.ConfirmPasswordForm",
}
SOCIALACCOUNT_ADAPTER = "core.signing_in.adapters.SocialAdapter"
SOCIALACCOUNT_ONLY = False
# The identity provider's verified address is who somebody is; an account with that address is theirs.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = SIGN_IN.providers()
MFA_ADAPTER = "core.signing_in.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "core.signing_in.forms.CodeForm",
    "reauthenticate": "core.signing_in.forms.ConfirmCodeForm",
    "activate_totp": "core.signing_in.forms.AppForm",
}
AXES_FAILURE_LIMIT = SIGN_IN.lockout_after
AXES_COOLOFF_TIME = timedelta(minutes=SIGN_IN.lockout_minutes)
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_LOCKOUT_CALLABLE = "core.signing_in.lockout.answer"
AXES_USERNAME_CALLABLE = "core.signing_in.lockout.username_of"
# By account alone: an office behind one address must not lock itself out, a new address gives no tries.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hant", "繁體中文")]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = CONCH_HOME / "static"
# Uploads are streamed by our own views; what Django parses itself stays small.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.pages.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'", NONCE],
        "style-src": ["'self'"],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.api.authentication.TokenAuthentication",
        "core.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "core.api.pagination.Pages",
    "PAGE_SIZE": 25,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.problems.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Conch",
    "DESCRIPTION": _("The lifecycle console for NVIDIA Triton Inference Server."),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "core.api.schema.complete",
    ],
    "ENUM_NAME_OVERRIDES": {
        "StageEnum": "models_registry.lifecycle.Stage.choices",
        "RoleEnum": "core.roles.Role.choices",
        "ScopeEnum": "core.roles.Scope.choices",
        "VerdictEnum": "models_registry.models.Verdict",
        "OverrideVerdictEnum": "models_registry.models.OverrideVerdict",
    },
}

CELERY_BROKER_URL = ENV.get("CONCH_BROKER_URL", "redis://127.0.0.1:6389/0")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": ENV.get("CONCH_LOG_LEVEL", "INFO")},
    "loggers": {"axes": {"level": "WARNING"}},
}
