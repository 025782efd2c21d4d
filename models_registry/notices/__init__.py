"""What the registry tells people and programs."""

from core.notices import kinds
from models_registry.notices import governance, promotions, registry


def register_own() -> None:
    kinds.register(*promotions.KINDS, *governance.KINDS, *registry.KINDS)
