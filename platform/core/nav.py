"""Where one can go: the sidebar, the settings tabs, and counts of what waits for the reader.

Apps above add their counts at start: `nav.show_count("models_registry:review_queue", waiting_for)`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.urls import ResolverMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import User
from core.roles import allowed

Label = str | Promise
Count = Callable[[User], int]


@dataclass(frozen=True, slots=True)
class Entry:
    """A destination; it is current on each page of its app whose URL name starts with a prefix."""

    route: str
    label: Label
    icon: str = ""
    prefixes: tuple[str, ...] = ()
    # Shown only to those whose roles grant this.
    permission: str = ""

    def is_open_to(self, user: User | None) -> bool:
        roles = user.roles if user else frozenset()
        return not self.permission or allowed(self.permission, roles=roles, scopes=None)

    def is_current(self, match: ResolverMatch | None) -> bool:
        if match is None:
            return False
        if match.view_name == self.route:
            return True
        namespace = self.route.rpartition(":")[0]
        return match.namespace == namespace and (match.url_name or "").startswith(self.prefixes)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as one request sees it."""

    label: Label
    url: str
    icon: str
    current: bool
    count: int = 0


SIDEBAR: tuple[tuple[Label, tuple[Entry, ...]], ...] = (
    ("", (Entry("home", _("Home"), "house"),)),
    (
        _("Registry"),
        (
            Entry("models_registry:model_list", _("Models"), "boxes", ("model_", "version_", "register_")),
            Entry("models_registry:review_queue", _("Reviews"), "git-pull-request-arrow", ("review_",)),
        ),
    ),
    (
        _("Run"),
        (
            Entry("serving:server_list", _("Fleet"), "server", ("server_",)),
            Entry("serving:deployment_list", _("Deployments"), "rocket", ("deployment_",)),
        ),
    ),
    (
        _("Measure"),
        (
            Entry("serving:playground", _("Playground"), "terminal", ("playground",)),
            Entry("experiments:benchmark_list", _("Benchmarks"), "gauge", ("benchmark_",)),
        ),
    ),
)
SETTINGS = Entry(
    "core:account",
    _("Settings"),
    "settings",
    ("account", "security", "session_", "notice_choices", "token", "people", "workspaces", "service_",
     "access", "audit", "webhook"),
)  # fmt: skip
SETTINGS_TABS = (
    Entry("core:account", _("Account"), "", ("account",)),
    Entry("core:security", _("Security"), "", ("security", "session_")),
    Entry("core:notice_choices", _("Notices"), "", ("notice_choices",)),
    Entry("core:tokens", _("Tokens"), "", ("token",)),
    Entry("core:people", _("People"), "", ("people",)),
    Entry("core:workspaces", _("Workspaces")),
    Entry("core:service_accounts", _("Service accounts"), "", ("service_",)),
    Entry("core:webhook_list", _("Webhooks"), "", ("webhook_",), "webhook.manage"),
    Entry("core:access", _("Access")),
    Entry("core:audit", _("Audit log"), "", ("audit",)),
    Entry("models_registry:policy_list", _("Gate policies"), "", ("policy_",)),
    Entry("models_registry:keys", _("Keys"), "", ("key",)),
)

_counts: dict[str, Count] = {}


def show_count(route: str, count: Count) -> None:
    """Show, beside this entry, how many items wait for the reader. Called once per page, only if drawn."""
    _counts[route] = count


def link(entry: Entry, *, match: ResolverMatch | None, user: User | None) -> Link:
    count = _counts.get(entry.route)
    waiting = count(user) if count and user else 0
    return Link(entry.label, reverse(entry.route), entry.icon, entry.is_current(match), waiting)


def links(entries: Sequence[Entry], *, match: ResolverMatch | None, user: User | None) -> list[Link]:
    return [link(entry, match=match, user=user) for entry in entries if entry.is_open_to(user)]
