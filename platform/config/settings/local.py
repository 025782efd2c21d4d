"""One machine, plain HTTP on loopback: what `make up` runs."""

from config.settings.base import *  # noqa: F403

WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
