"""Every write to the registry, whichever door it came through."""

from models_registry.services.declarations import declare_by_config, declare_signature
from models_registry.services.inspections import run_inspection
from models_registry.services.model_cards import approve_card, save_card
from models_registry.services.origins import FIELDS as ORIGIN_FIELDS
from models_registry.services.origins import set_origin
from models_registry.services.promotions import request_promotion, review_promotion, withdraw_promotion
from models_registry.services.signing import add_key, attach_signature, revoke_key, sign_version
from models_registry.services.versions import (
    create_version,
    edit_notes,
    register_model,
    register_version,
    retire_version,
    save_config,
    upload_file,
)

__all__ = [
    "ORIGIN_FIELDS",
    "add_key",
    "approve_card",
    "attach_signature",
    "create_version",
    "declare_by_config",
    "declare_signature",
    "edit_notes",
    "register_model",
    "register_version",
    "request_promotion",
    "retire_version",
    "review_promotion",
    "revoke_key",
    "run_inspection",
    "save_card",
    "save_config",
    "set_origin",
    "sign_version",
    "upload_file",
    "withdraw_promotion",
]
