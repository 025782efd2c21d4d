"""Every write to the registry, whichever door it came through."""

from models_registry.services.inspections import run_inspection
from models_registry.services.model_cards import approve_card, save_card
from models_registry.services.origins import set_origin
from models_registry.services.promotions import request_promotion, review_promotion, withdraw_promotion
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
    "approve_card",
    "create_version",
    "edit_notes",
    "register_model",
    "register_version",
    "request_promotion",
    "retire_version",
    "review_promotion",
    "run_inspection",
    "save_card",
    "save_config",
    "set_origin",
    "upload_file",
    "withdraw_promotion",
]
