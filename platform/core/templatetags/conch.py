"""Tags and filters of every page. Parts that are more than one element live in templates/parts/."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django import template
from django.forms import BoundField
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from core import moments, quantities
from core.models import User
from core.sparkline import sparkline

register = template.Library()

TONE_ICONS = {
    "ok": "circle-check",
    "run": "loader-circle",
    "wait": "hourglass",
    "warn": "triangle-alert",
    "bad": "octagon-x",
    "idle": "circle-dashed",
}
TONE_WORDS = {
    "ok": _("Done"),
    "run": _("Running"),
    "wait": _("Waiting for a person"),
    "warn": _("Look at this"),
    "bad": _("Failed"),
    "idle": _("Not yet"),
}
# What `json_script` escapes, for figures that arrive as text.
SCRIPT_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite. With a label it stands for a word; without one it is decoration."""
    turning = " spin" if name == "loader-circle" else ""
    meaning = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="ic{}" {}><use href="#i-{}"/></svg>', turning, meaning, name)


@register.simple_tag
def tone_icon(tone: str, label: str = "") -> SafeString:
    """The icon of a tone, named, for a row that carries no pill."""
    return icon(tone_name(tone), label or str(TONE_WORDS[tone]))


def tone_name(tone: str) -> str:
    """The icon of one of the six tones; any other tone is a mistake in the page."""
    if tone not in TONE_ICONS:
        raise ValueError(f"{tone!r} is not a tone; use one of {', '.join(TONE_ICONS)}")
    return TONE_ICONS[tone]


@register.inclusion_tag("parts/pill.html")
def pill(tone: str, word: object, url: str = "", detail: str = "") -> dict[str, object]:
    """`{% pill "ok" _("Ready") %}`; `detail` completes the word for screen readers, `url` makes it a link."""
    return {"tone": tone, "icon": tone_name(tone), "word": word, "url": url, "detail": detail}


@register.inclusion_tag("parts/state.html")
def state(tone: str, word: object, detail: str = "") -> dict[str, object]:
    """A status in a table: icon and word without background."""
    return {"tone": tone, "icon": tone_name(tone), "word": word, "detail": detail}


@register.simple_tag
def avatar(user: User | None) -> SafeString:
    """The initials of a person; Conch itself shows its shell."""
    if user is None:
        return format_html('<span class="av" aria-hidden="true">{}</span>', icon("conch"))
    return format_html('<span class="av" aria-hidden="true">{}</span>', user.initials)


@register.simple_tag
def crumb(label: object, url: str = "") -> SafeString:
    """One step of the breadcrumb; the last one has no url."""
    if url:
        return format_html('<li><a href="{}">{}</a>{}</li>', url, label, icon("chevron-right"))
    return format_html('<li aria-current="page">{}</li>', label)


@register.simple_tag
def control(field: BoundField, **attributes: str) -> SafeString:
    """The input of a form field with our class, tied to its hint and error; other attributes pass through."""
    described = [f"{field.id_for_label}_hint"] if field.help_text else []
    if field.errors:
        described.append(f"{field.id_for_label}_error")
    extra = {name.replace("_", "-"): value for name, value in attributes.items()}
    attrs: dict[str, str | bool] = {"class": f"field {extra.pop('class', '')}".strip(), **extra}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if field.errors:
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


@register.inclusion_tag("parts/spark.html")
def spark(
    values: Sequence[float | None], label: str, objective: float | str | None = None
) -> dict[str, object]:
    """A sparkline; `label` says in one sentence what it shows. Templates give "" for a missing objective."""
    drawn = sparkline(values, objective=objective if isinstance(objective, int | float) else None)
    return {"path": drawn.path, "objective_y": drawn.objective_y, "label": label}


@register.simple_tag
def figure_data(figure: Mapping[str, object] | str, element_id: str) -> SafeString:
    """A figure's JSON beside its chart: a mapping, or the text that Plotly's `to_json()` gives."""
    if isinstance(figure, str):
        json.loads(figure)
        body = mark_safe(figure.translate(SCRIPT_ESCAPES))
        return format_html('<script id="{}" type="application/json">{}</script>', element_id, body)
    return json_script(figure, element_id)


@register.filter
def timeago(when: datetime | None) -> SafeString | str:
    """Relative for a day, then absolute; always with the absolute form on hover."""
    if not when:
        return quantities.MISSING
    return _time(when, moments.relative(when))


@register.filter
def moment(when: datetime | None) -> SafeString | str:
    """Absolute, with the zone."""
    if not when:
        return quantities.MISSING
    return _time(when, moments.absolute(when))


def _time(when: datetime, words: str) -> SafeString:
    absolute = moments.absolute(when)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', when.isoformat(timespec="seconds"), absolute, words
    )


@register.filter
def width(share: float) -> str:
    """A measured share for a style attribute: 0 to 100, whatever the locale."""
    return f"{min(max(float(share), 0.0), 100.0):.1f}"


@register.filter
def counted(total: int) -> range:
    """0, 1, … below the total, to draw that many of something."""
    return range(int(total))


def _shown(write: Callable[[float | None], str]) -> Callable[[object], str]:
    """A filter of a quantity; what a template doesn't know reaches it as ""."""
    return lambda value: write(None if value == "" else value)  # type: ignore[arg-type]


register.filter("bytes", _shown(quantities.size))
register.filter("ms", _shown(quantities.milliseconds))
register.filter("number", _shown(quantities.number))
register.filter("figures", _shown(quantities.significant))
register.filter("percent", _shown(quantities.percent))
register.filter("change", _shown(quantities.change))
register.filter("duration", _shown(quantities.duration))
register.filter("rate", _shown(quantities.per_second))
register.filter("digest", quantities.short_digest)
