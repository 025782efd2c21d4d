"""Every write to the registry, whichever door it came through."""

from models_registry.services.aliases import delete_alias, set_alias
from models_registry.services.comments import comment_on
from models_registry.services.deadlines import meet_deadlines
from models_registry.services.declarations import declare_by_config, declare_signature
from models_registry.services.delegations import delegate_promotion
from models_registry.services.facts import edit_model, record_metric
from models_registry.services.files import attach_stored, remove_file, upload_file
from models_registry.services.findings import accept_finding, close_finding, raise_finding
from models_registry.services.free_moves import move_freely
from models_registry.services.holds import lift_hold, place_hold
from models_registry.services.inspections import run_inspection
from models_registry.services.integrity import check_blob, check_some, release_quarantine
from models_registry.services.model_cards import approve_card, save_card, wrote_card
from models_registry.services.origins import set_origin
from models_registry.services.overrides import (
    grant_override,
    review_override,
    revoke_override,
    use_override,
)
from models_registry.services.periodic import complete_review
from models_registry.services.policies import (
    discard_policy,
    draft_policy,
    propose_policy,
    publish_policy,
    save_policy,
)
from models_registry.services.promotions import (
    expire_promotion,
    request_promotion,
    resubmit_promotion,
    withdraw_promotion,
)
from models_registry.services.purging import due_versions, leaves_at, purge, unused_blobs, waiting_versions
from models_registry.services.removal import delete_model, delete_version, restore_model, restore_version
from models_registry.services.reviews import review_promotion
from models_registry.services.risk import answer_risk
from models_registry.services.scans import due_scans, run_scan
from models_registry.services.searches import delete_search, save_search
from models_registry.services.signing import add_key, attach_signature, revoke_key, sign_version
from models_registry.services.sourced import create_sourced_version, register_titled
from models_registry.services.tags import (
    delete_model_tag,
    delete_version_tag,
    set_model_tag,
    set_version_tag,
)
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
    "accept_finding",
    "add_key",
    "answer_risk",
    "approve_card",
    "attach_signature",
    "attach_stored",
    "begin_upload",
    "check_blob",
    "check_some",
    "close_finding",
    "comment_on",
    "complete_review",
    "complete_upload",
    "create_sourced_version",
    "create_version",
    "declare_by_config",
    "declare_signature",
    "delegate_promotion",
    "delete_alias",
    "delete_model",
    "delete_model_tag",
    "delete_search",
    "delete_version",
    "delete_version_tag",
    "discard_policy",
    "draft_policy",
    "due_scans",
    "due_versions",
    "edit_model",
    "edit_notes",
    "expire_promotion",
    "expire_uploads",
    "grant_override",
    "leaves_at",
    "lift_hold",
    "meet_deadlines",
    "move_freely",
    "place_hold",
    "propose_policy",
    "publish_policy",
    "purge",
    "put_part",
    "raise_finding",
    "record_metric",
    "register_model",
    "register_titled",
    "register_version",
    "release_quarantine",
    "remove_file",
    "request_promotion",
    "restore_model",
    "restore_version",
    "resubmit_promotion",
    "retire_version",
    "review_override",
    "review_promotion",
    "revoke_key",
    "revoke_override",
    "run_inspection",
    "run_scan",
    "save_card",
    "save_config",
    "save_policy",
    "save_search",
    "set_alias",
    "set_model_tag",
    "set_origin",
    "set_version_tag",
    "sign_version",
    "upload_file",
    "use_override",
    "unused_blobs",
    "waiting_versions",
    "withdraw_promotion",
    "wrote_card",
]
