"""Points in time in the reader's words: relative for a day, then absolute with the zone."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

RELATIVE_FOR = timedelta(hours=24)
MINUTE_S = 60
HOUR_S = 3600


def zone_label(when: datetime) -> str:
    """The offset of an aware moment in the active zone: "UTC", "UTC+8", "UTC−3:30"."""
    offset = timezone.localtime(when).utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "\N{MINUS SIGN}"
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def absolute(when: datetime, *, now: datetime | None = None) -> str:
    """ "24 Nov, 09:32 UTC+8", with the year when it is not this one."""
    local = timezone.localtime(when)
    this_year = timezone.localtime(now or timezone.now()).year
    if local.year == this_year:
        pattern = pgettext("date format: day, month, time", "j M, H:i")
    else:
        pattern = pgettext("date format: day, month, year, time", "j M Y, H:i")
    return f"{date_format(local, pattern)} {zone_label(when)}"


def relative(when: datetime, *, now: datetime | None = None) -> str:
    """ "38 min ago" or "in 5 min" within a day of now, else the absolute form."""
    now = now or timezone.now()
    ahead = when > now
    seconds = abs((now - when).total_seconds())
    if seconds >= RELATIVE_FOR.total_seconds():
        return absolute(when, now=now)
    if seconds < MINUTE_S:
        n = int(seconds)
        return _("in %(n)d s") % {"n": n} if ahead else _("%(n)d s ago") % {"n": n}
    if seconds < HOUR_S:
        n = int(seconds // MINUTE_S)
        return _("in %(n)d min") % {"n": n} if ahead else _("%(n)d min ago") % {"n": n}
    n = int(seconds // HOUR_S)
    return _("in %(n)d h") % {"n": n} if ahead else _("%(n)d h ago") % {"n": n}
