"""What the page around the content needs, under one name: `shell`. Nothing is computed until it is drawn."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils import timezone
from django.utils.translation import get_language

from core import moments, nav, roles
from core.models import User
from core.notices import inbox

THEME_COOKIE = "conch_theme"
THEMES = ("light", "dark")
# Language tags as HTML wants them; Django writes them in lower case.
TAGS = {"zh-hant": "zh-Hant"}


def page(request: HttpRequest) -> dict[str, Any]:
    """The context processor."""
    return {"shell": Shell(request)}


class Shell:
    """Navigation, reader, language, theme and zone of one request."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def user(self) -> User | None:
        user = getattr(self._request, "user", None)
        return user if isinstance(user, User) else None

    @cached_property
    def role_names(self) -> list[str]:
        if self.user is None:
            return []
        return [str(roles.Role(role).label) for role in self.user.role_names if role in roles.Role.values]

    @cached_property
    def sections(self) -> list[tuple[nav.Label, list[nav.Link]]]:
        match = self._request.resolver_match
        return [(label, nav.links(entries, match=match, user=self.user)) for label, entries in nav.SIDEBAR]

    @cached_property
    def settings(self) -> nav.Link:
        return nav.link(nav.SETTINGS, match=self._request.resolver_match, user=self.user)

    @cached_property
    def settings_tabs(self) -> list[nav.Link]:
        return nav.links(nav.SETTINGS_TABS, match=self._request.resolver_match, user=self.user)

    @cached_property
    def unread(self) -> int:
        """How many notices the reader has not read."""
        return inbox.unread_count(self.user) if self.user else 0

    @property
    def theme(self) -> str:
        """The theme the reader chose, or "" for the one of their system."""
        chosen = self._request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else ""

    @property
    def lang(self) -> str:
        code = get_language() or settings.LANGUAGE_CODE
        return TAGS.get(code, code)

    @cached_property
    def languages(self) -> list[dict[str, str]]:
        """The other languages, each under its own name, with this page's URL in it."""
        here = self._request.get_full_path()
        return [
            {"lang": TAGS.get(code, code), "name": name, "url": translate_url(here, code)}
            for code, name in settings.LANGUAGES
            if code != get_language()
        ]

    @property
    def zone(self) -> str:
        """ "Asia/Taipei, UTC+8"; only "UTC" where both would be the same."""
        name, offset = timezone.get_current_timezone_name(), moments.zone_label(timezone.now())
        return name if name == offset else f"{name}, {offset}"
