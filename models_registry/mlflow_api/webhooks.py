"""webhooks/…

A client knows MLflow's events alone: what a webhook hears of beside them is neither shown nor taken away, and
a webhook that hears of none of them does not exist for it.
"""

import time
from collections.abc import Callable

from django.conf import settings

from core.notices import kinds
from core.webhooks import delivering, reading, services
from core.webhooks.models import Delivery, DeliveryState, Webhook
from core.webhooks.wanted import Wanted
from models_registry.mlflow_api import keyset, shapes
from models_registry.mlflow_api.calls import Call
from models_registry.mlflow_api.errors import absent, invalid
from models_registry.mlflow_api.registered_models import Answer

STATUS = {"ACTIVE": True, "DISABLED": False}
KEYS = (("name", False), ("pk", False))
DEFAULT_MOST, MOST = 100, 1000
LOOK_AGAIN_S = 0.1
ID = r"webhooks/(?P<webhook_id>[0-9a-f-]{36})"


def create(call: Call) -> Answer:
    wanted = Wanted(
        name=call.text("name"),
        url=call.text("url"),
        events=_events(call),
        description=call.text("description", default=""),
        active=_active(call) is not False,
    )
    secret = call.text("secret", default="")
    made, _secret = services.create_webhook(actor=call.actor, wanted=wanted, secret=secret)
    return {"webhook": shape(made)}


def listed(call: Call) -> Answer:
    size = call.integer("max_results", default=DEFAULT_MOST)
    if not 1 <= size <= MOST:
        raise invalid(f"Invalid value {size} for parameter 'max_results': it must be from 1 to {MOST}")
    found = reading.webhooks(call.actor).filter(events__overlap=sorted(_known()))
    token = call.text("page_token", default="")
    try:
        rows, following = keyset.page(
            found, lambda rows: rows.values_list("pk"), keys=KEYS, size=size, token=token, asked="webhooks"
        )
    except ValueError as error:
        raise invalid(str(error)) from error
    webhooks = Webhook.objects.in_bulk([pk for (pk,) in rows])
    return {"webhooks": [shape(webhooks[pk]) for (pk,) in rows], "next_page_token": following}


def get(call: Call, webhook_id: str) -> Answer:
    return {"webhook": shape(find(call, webhook_id))}


def update(call: Call, webhook_id: str) -> Answer:
    webhook = find(call, webhook_id)
    given = {key: call.text(key) for key in ("name", "url", "description") if key in call.given}
    events = None
    if call.given.get("events"):
        events = [*_events(call), *(name for name in webhook.events if name not in _known())]
    wanted = Wanted(**given, events=events, active=_active(call))
    secret = call.text("secret", default="")
    services.edit_webhook(actor=call.actor, webhook_id=webhook_id, wanted=wanted, secret=secret)
    return get(call, webhook_id)


def delete(call: Call, webhook_id: str) -> Answer:
    services.delete_webhook(actor=call.actor, webhook_id=str(find(call, webhook_id).pk))
    return {}


def test(call: Call, webhook_id: str) -> Answer:
    """Post an example at once and tell what was answered."""
    webhook = find(call, webhook_id)
    event = call.given.get("event")
    if event is not None and not isinstance(event, dict):
        raise invalid("Invalid value for parameter 'event': it must be an object")
    named = _named([event])[0] if event else next(name for name in webhook.events if name in _known())
    made = services.send_test(actor=call.actor, webhook_id=webhook_id, event_name=named)
    delivering.deliver(delivery_id=str(made.pk))
    return {"result": _result(_settled(made))}


def find(call: Call, webhook_id: str) -> Webhook:
    found = reading.webhooks(call.actor).filter(pk=webhook_id, events__overlap=sorted(_known())).first()
    if found is None:
        raise absent(f"Webhook with ID '{webhook_id}'")
    return found


def shape(row: Webhook) -> shapes.Shape:
    known = _known()
    events = [name.upper().split(".") for name in row.events if name in known]
    return {
        "webhook_id": str(row.pk),
        "name": row.name,
        "description": row.description,
        "url": row.url,
        "events": [{"entity": entity, "action": action} for entity, action in events],
        "status": "ACTIVE" if row.active else "DISABLED",
        "creation_timestamp": shapes.milliseconds(row.created_at),
        "last_updated_timestamp": shapes.milliseconds(row.updated_at),
    }


def _known() -> set[str]:
    return {kind.mlflow.name for kind in kinds.all_kinds() if kind.mlflow}


def _events(call: Call) -> list[str]:
    return _named(call.objects("events"))


def _named(events: list[dict[str, object]]) -> list[str]:
    names = [f"{event.get('entity')}.{event.get('action')}".lower() for event in events]
    if unknown := sorted(set(names) - _known()):
        raise invalid(
            f"Conch has no event {', '.join(unknown)[:300]}; it has {', '.join(sorted(_known()))} "
            "and, under Settings → Webhooks, events of its own"
        )
    return names


def _active(call: Call) -> bool | None:
    if "status" not in call.given:
        return None
    status = call.text("status")
    if status not in STATUS:
        raise invalid(f"Invalid value '{status[:80]}' for parameter 'status': ACTIVE or DISABLED")
    return STATUS[status]


def _settled(delivery: Delivery) -> Delivery:
    """The delivery once tried; a worker may have been faster, and is waited for."""
    end = time.monotonic() + settings.NOTICES.timeout_s + 1
    while time.monotonic() < end:
        delivery.refresh_from_db()
        if delivery.state != DeliveryState.WAITING:
            break
        time.sleep(LOOK_AGAIN_S)
    return delivery


def _result(delivery: Delivery) -> shapes.Shape:
    tried = {
        "success": delivery.state == DeliveryState.DELIVERED,
        "response_status": delivery.status_code,
        "response_body": delivery.answer,
        "error_message": delivery.last_error,
    }
    return {key: value for key, value in tried.items() if value not in ("", None)}


BY_ID: dict[tuple[str, str], Callable[..., Answer]] = {
    ("GET", ID): get,
    ("PATCH", ID): update,
    ("DELETE", ID): delete,
    ("POST", rf"{ID}/test"): test,
}
