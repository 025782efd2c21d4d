"""Where a webhook may post: public addresses over https, and networks that the administrator lists.

A name is resolved once; what was checked is what is connected to, so a name that changes between the
check and the call gains nothing.
"""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import Invalid

Address = IPv4Address | IPv6Address
# Visible ASCII without what URL parsers disagree on.
URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
MISLEADING = frozenset('\\@<>"^`{|}')
NAT64: tuple[IPv6Network, ...] = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class Target:
    """A URL together with the one address that may be connected to for it."""

    is_https: bool
    host: str
    port: int
    path: str
    address: str


class Unresolved(Exception):
    """The name has no address, now."""


def read(url: str) -> SplitResult:
    """The parts of a URL that a webhook may have; raises Invalid for any other."""
    parts = urlsplit(url) if URL.fullmatch(url) and not MISLEADING.intersection(url) else None
    try:
        fits = parts is not None and bool(parts.hostname) and parts.port != 0 and len(url) <= LONGEST_URL
    except ValueError:
        fits = False
    if parts is None or not fits:
        raise Invalid(
            _("This is not an address that Conch can post to."),
            code="bad-url",
            hint=_("Use https:// with a host, and no user name or password."),
        )
    return parts


def target(url: str) -> Target:
    """Resolve and check.

    Raises:
        Invalid: the URL, one of its addresses, or plain http to it is refused.
        Unresolved: the name has no address.
    """
    parts = read(url)
    host, is_https = parts.hostname or "", parts.scheme.lower() == "https"
    port = parts.port or (443 if is_https else 80)
    found = _resolve(host, port)
    for address in found:
        _check(address, host=host, is_https=is_https)
    path = parts.path or "/"
    return Target(is_https, host, port, f"{path}?{parts.query}" if parts.query else path, str(found[0]))


def _resolve(host: str, port: int) -> list[Address]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(f"{host} has no address: {error}") from error
    return list(dict.fromkeys(ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers))


def _check(address: Address, *, host: str, is_https: bool) -> None:
    if any(address.version == network.version and address in network for network in allowed_networks()):
        return
    if not all(_is_public(each) for each in {address, _within(address)}):
        raise Invalid(
            _("%(host)s is a private address (%(address)s), which webhooks may not call.")
            % {"host": host, "address": address},
            code="address-refused",
            hint=_("An administrator can list its network in CONCH_WEBHOOKS_ALLOW."),
        )
    if not is_https:
        raise Invalid(
            _("Webhooks to public addresses need https."),
            code="https-required",
            hint=_("Use https://, so that nobody on the way can read what is posted."),
        )


def allowed_networks() -> list[IPv4Network | IPv6Network]:
    return [ip_network(text) for text in settings.NOTICES.webhooks_allow]


def _is_public(address: Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _within(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address
