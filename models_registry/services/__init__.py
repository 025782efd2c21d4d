"""Every write to the registry, whichever door it came through."""

from models_registry.services.comments import comment_on
from models_registry.services.deadlines import meet_deadlines
from models_registry.services.delegations import delegate_promotion
from models_registry.services.findings import accept_finding, close_finding, raise_finding
from models_registry.services.inspections import run_inspection
from models_registry.services.model_cards import approve_card, save_card
from models_registry.services.origins import FIELDS as ORIGIN_FIELDS
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
from models_registry.services.reviews import review_promotion
from models_registry.services.risk import answer_risk
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
    "discard_policy",
    "draft_policy",
    "propose_policy",
    "publish_policy",
    "save_policy",
    "expire_promotion",
    "resubmit_promotion",
    "answer_risk",
    "comment_on",
    "delegate_promotion",
    "accept_finding",
    "close_finding",
    "raise_finding",
    "meet_deadlines",
    "grant_override",
    "review_override",
    "revoke_override",
    "use_override",
    "complete_review",
]
