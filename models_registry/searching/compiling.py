"""From tree to query: conditions on models and on versions, in Django's own terms."""

import difflib
from datetime import datetime

from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.expressions import F
from django.utils import timezone
from django.utils.translation import gettext as _

from models_registry.models import ModelVersion, RegisteredModel
from models_registry.searching import folding
from models_registry.searching.asking import Asked
from models_registry.searching.errors import QueryError
from models_registry.searching.fields import Field
from models_registry.searching.lookups import Like, anywhere
from models_registry.searching.parsing import parse
from models_registry.searching.targets import MODELS, VERSIONS, Target
from models_registry.searching.tree import And, Compare, Node, Not, Or, Text


def condition(query: str, target: Target, *, now: datetime | None = None, looks: bool = False) -> Q:
    """What rows of the target fit a query; everything fits an empty one.

    Args:
        looks: read subqueries that find few rows now, which makes the condition faster.

    Raises:
        QueryError: the query cannot be read, or asks for what there is not.
    """
    tree = parse(query)
    return Q() if tree is None else compile_tree(tree, target, Asked(now=now or timezone.now(), looks=looks))


def compile_tree(node: Node, target: Target, asked: Asked) -> Q:
    match node:
        case Text():
            return _text(node.text, target, asked)
        case Compare():
            return _field(node, target).compile(node, asked=asked)
        case Not():
            return ~compile_tree(node.part, target, asked)
        case And() | Or():
            parts = [compile_tree(part, target, asked) for part in node.parts]
            found = parts[0]
            for part in parts[1:]:
                found = found & part if isinstance(node, And) else found | part
            return found


def models_matching(query: str, *, now: datetime | None = None) -> QuerySet[RegisteredModel]:
    """Models that fit a query, without those that were deleted, in no order."""
    found = RegisteredModel.objects.filter(deleted_at=None).order_by()
    return found.filter(condition(query, MODELS, now=now, looks=True))


def versions_matching(query: str, *, now: datetime | None = None) -> QuerySet[ModelVersion]:
    """Versions that fit a query, without those that were deleted with or without their model, in no order."""
    found = ModelVersion.objects.filter(deleted_at=None, model__deleted_at=None).order_by()
    return found.filter(condition(query, VERSIONS, now=now, looks=True))


def _text(text: str, target: Target, asked: Asked) -> Q:
    pattern = Value(anywhere(folding.fold(text)), output_field=TextField())
    own = Q(Like(F("search_text"), pattern))
    if not target.model:
        return own
    models = RegisteredModel.objects.filter(own).order_by()
    return asked.among("model_id", models.values_list("pk", flat=True)) | own


def _field(clause: Compare, target: Target) -> Field:
    name = clause.name
    field = target.fields.get(target.name_of(name.field))
    if field is None:
        raise _unknown(clause, target)
    if field.keyed and not name.key:
        raise QueryError(
            _("%(field)s needs a name after a dot.") % {"field": name.field},
            at=name.span.end,
            expected=_("a dot and a name"),
            hint=_("Write it like tags.task or metrics.accuracy."),
        )
    if name.key and not field.keyed:
        raise QueryError(
            _("%(field)s has no parts.") % {"field": name.field},
            at=name.span.start,
            expected=name.field,
            hint=_("Only tags and metrics have a name after a dot."),
        )
    if clause.operator not in field.operators:
        raise QueryError(
            _("%(field)s can't be compared with %(operator)s.")
            % {"field": name.field, "operator": "IS NULL" if clause.operator == "NULL" else clause.operator},
            at=name.span.end,
            expected=_operators(field),
            hint=_("It can with: %(operators)s.") % {"operators": _operators(field)},
        )
    return field


def _unknown(clause: Compare, target: Target) -> QueryError:
    written = clause.name.field
    near = difflib.get_close_matches(written[:40], [*target.fields, *target.other_names], n=1)
    if near:
        hint = _("Did you mean %(name)s?") % {"name": target.name_of(near[0])}
    else:
        hint = _("The fields are: %(names)s.") % {"names": ", ".join(sorted(target.fields))}
    return QueryError(
        _("There is no field “%(name)s”.") % {"name": written[:40]},
        at=clause.name.span.start,
        expected=", ".join(sorted(target.fields)),
        hint=hint,
    )


def _operators(field: Field) -> str:
    return ", ".join("IS NULL" if each == "NULL" else each for each in field.operators)
