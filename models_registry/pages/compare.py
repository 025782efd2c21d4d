"""Two versions of a model side by side, at an address that can be sent to someone."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from core import difflines, quantities
from models_registry import comparing, modelcard, panels, selectors, signatures
from models_registry.comparing import Pair
from models_registry.models import ModelVersion, VersionMetric
from models_registry.pages import cards, tabs
from models_registry.panels import Number
from models_registry.signatures import Change

Words = str | Promise


@require_GET
@login_required
def compare(request: HttpRequest, name: str) -> HttpResponse:
    """`?a=1&b=2`, or `?v=1&v=2` as the table of versions sends it: the older one is then the first."""
    model = selectors.model(name)
    numbers = _asked(request)
    choices = selectors.comparable(model.pk)
    context: dict[str, Any] = {"model": model, "choices": choices, "asked": numbers}
    found = {version.number: version for version in selectors.in_full(model.pk, numbers)}
    if len(numbers) == 2 and len(found) == len(set(numbers)):
        before, after = (found[number] for number in numbers)
        context |= _compared(before, after)
        address = reverse("models_registry:compare", args=[name])
        context["swapped"] = f"{address}?a={after.number}&b={before.number}"
    else:
        context["answer"] = _("Choose two versions to see what changed between them.")
        context["unknown"] = [number for number in numbers if number not in found]
    return render(request, "models_registry/compare.html", context)


def _asked(request: HttpRequest) -> list[int]:
    given = [request.GET.get("a", ""), request.GET.get("b", "")]
    if not any(given):
        given = sorted(request.GET.getlist("v")[:2], key=lambda text: (len(text), text))
    return [
        int(text)
        for text in (text.removeprefix("v") for text in given)
        if text.isdecimal() and len(text) < 10
    ]


def _compared(before: ModelVersion, after: ModelVersion) -> dict[str, Any]:
    changes = signatures.changes(before.signature, after.signature)
    pairs = comparing.pair(_numbers(before, after), before=before.pk, after=after.pk)
    files = cards.files(after, before)
    compared = tabs.compared(before, after)
    return {
        "before": before,
        "after": after,
        "version": after,
        "changes": changes,
        "breaking": [change for change in changes if change.breaking],
        "lines": signatures.lines(after.signature, before=before.signature),
        "files": files,
        "pairs": pairs,
        "facts": [row for row in _facts(before, after) if row[1] or row[2]],
        "card_diff": _card_diff(before, after),
        "answer": answer(before, after, changes, pairs),
        **compared,
    }


def answer(before: ModelVersion, after: ModelVersion, changes: list[Change], pairs: list[Pair]) -> str:
    """Whether the one can stand in for the other, then how it measures."""
    words = {"before": f"v{before.number}", "after": f"v{after.number}"}
    if before.pk == after.pk:
        return _("This is %(after)s beside itself; choose another.") % words
    breaking = sum(change.breaking for change in changes)
    if breaking:
        text = ngettext(
            "%(n)d change of the signature breaks clients of %(before)s.",
            "%(n)d changes of the signature break clients of %(before)s.",
            breaking,
        )
        said = [text % (words | {"n": breaking})]
    else:
        said = [_("Clients of %(before)s can call %(after)s as they are.") % words]
    better = sum(pair.verdict == "better" for pair in pairs)
    worse = sum(pair.verdict == "worse" for pair in pairs)
    if better or worse:
        text = _("Of what was measured in both, %(better)d got better and %(worse)d got worse.")
        said.append(text % (words | {"better": better, "worse": worse}))
    elif not any(pair.before and pair.after for pair in pairs):
        said.append(_("They have no measurement in common."))
    return " ".join(said)


def _numbers(*versions: ModelVersion) -> Iterator[Number]:
    """What people and runs recorded, then what upper apps measured."""
    ids = [version.pk for version in versions]
    newest = VersionMetric.objects.filter(version_id__in=ids).order_by("name", "version_id", "-recorded_at")
    for metric in newest.distinct("name", "version_id"):
        yield Number(
            version_id=metric.version_id,
            key=f"metric {metric.name}",
            label=metric.name,
            value=metric.value,
            text=f"{metric.value:g}",
            source=metric.producer,
        )
    yield from panels.numbers.gather(ids)


def _card_diff(before: ModelVersion, after: ModelVersion) -> difflines.Diff | None:
    """What changed in the model cards, unless neither has one."""
    old, new = (selectors.newest_card(version.pk) for version in (before, after))
    if old is None and new is None:
        return None
    texts = [modelcard.as_text(card.sections if card else {}) for card in (old, new)]
    return difflines.diff(*texts)


def _facts(before: ModelVersion, after: ModelVersion) -> list[tuple[Words, object, object]]:
    def row(label: Words, field: str) -> tuple[Words, object, object]:
        return label, getattr(before, field), getattr(after, field)

    return [
        (_("Stage"), before.get_stage_display(), after.get_stage_display()),
        row(_("Backend"), "backend"),
        (_("Size"), quantities.size(before.size_bytes), quantities.size(after.size_bytes)),
        (_("Registered by"), before.created_by.name, after.created_by.name),
        row(_("Derived from"), "derived_from"),
        row(_("Source"), "source_uri"),
        row(_("Run"), "run_id"),
        row(_("Commit"), "source_commit"),
        row(_("Dataset"), "dataset"),
        row(_("Notes"), "notes"),
        *(
            (key, before.tags.get(key, ""), after.tags.get(key, ""))
            for key in sorted({*before.tags, *after.tags})
        ),
    ]
