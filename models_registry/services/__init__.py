"""Every write to the registry, whichever door it came through."""

from models_registry.services.declarations import declare_by_config, declare_signature
from models_registry.services.files import attach_stored, remove_file, upload_file
from models_registry.services.inspections import run_inspection
from models_registry.services.integrity import check_blob, check_some, release_quarantine
from models_registry.services.model_cards import approve_card, save_card
from models_registry.services.origins import set_origin
from models_registry.services.promotions import request_promotion, review_promotion, withdraw_promotion
from models_registry.services.scans import due_scans, run_scan
from models_registry.services.signing import add_key, attach_signature, revoke_key, sign_version
from models_registry.services.uploads import (
    abort_upload,
    begin_upload,
    complete_upload,
    expire_uploads,
    put_part,
)
from models_registry.services.versions import (
    create_version,
    edit_notes,
    register_model,
    register_version,
    retire_version,
    save_config,
)

__all__ = [
    "abort_upload",
    "add_key",
    "approve_card",
    "attach_signature",
    "attach_stored",
    "begin_upload",
    "check_blob",
    "check_some",
    "complete_upload",
    "create_version",
    "declare_by_config",
    "declare_signature",
    "due_scans",
    "edit_notes",
    "expire_uploads",
    "put_part",
    "register_model",
    "register_version",
    "release_quarantine",
    "remove_file",
    "request_promotion",
    "retire_version",
    "review_promotion",
    "revoke_key",
    "run_inspection",
    "run_scan",
    "save_card",
    "save_config",
    "set_origin",
    "sign_version",
    "upload_file",
    "withdraw_promotion",
]
