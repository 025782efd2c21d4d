"""What the registry tells people and programs."""

from core.notices import kinds
from models_registry.notices import promotions, registry


def register_own() -> None:
    kinds.register(*promotions.KINDS, *registry.KINDS)
