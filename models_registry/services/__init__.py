"""Every write to the registry, whichever door it came through."""

from models_registry.services.aliases import delete_alias, set_alias
from models_registry.services.facts import edit_model, record_metric
from models_registry.services.free_moves import move_freely
from models_registry.services.inspections import run_inspection
from models_registry.services.model_cards import approve_card, save_card
from models_registry.services.origins import FIELDS as ORIGIN_FIELDS
from models_registry.services.origins import set_origin
from models_registry.services.promotions import request_promotion, review_promotion, withdraw_promotion
from models_registry.services.removal import delete_model, delete_version, restore_model, restore_version
from models_registry.services.sourced import create_sourced_version, register_titled
from models_registry.services.tags import (
    delete_model_tag,
    delete_version_tag,
    set_model_tag,
    set_version_tag,
)
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
    "approve_card",
    "create_sourced_version",
    "create_version",
    "delete_alias",
    "delete_model",
    "delete_model_tag",
    "delete_version",
    "delete_version_tag",
    "edit_model",
    "edit_notes",
    "move_freely",
    "record_metric",
    "register_model",
    "register_titled",
    "register_version",
    "request_promotion",
    "restore_model",
    "restore_version",
    "retire_version",
    "review_promotion",
    "run_inspection",
    "save_card",
    "save_config",
    "set_alias",
    "set_model_tag",
    "set_origin",
    "set_version_tag",
    "upload_file",
    "withdraw_promotion",
]
