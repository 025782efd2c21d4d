"""How long what is no longer needed is kept, by environment."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """In days. Rows, evidence and the audit trail are kept for ever; this is about the bytes of files.

    Attributes:
        deleted_days: for deleted versions that were never approved for anything.
        approved_days: for deleted or retired versions that once were approved.
        unused_days: for bytes that nothing refers to any more.
    """

    deleted_days: float = 30.0
    approved_days: float = 3650.0
    unused_days: float = 7.0

    def __post_init__(self) -> None:
        if min(self.deleted_days, self.approved_days) < 0:
            raise ValueError("CONCH_KEEP_DELETED_DAYS and CONCH_KEEP_APPROVED_DAYS must not be negative")
        if self.unused_days <= 0:
            raise ValueError("CONCH_KEEP_UNUSED_DAYS must be more than 0")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "RetentionSettings":
        return cls(
            deleted_days=float(env.get("CONCH_KEEP_DELETED_DAYS", "30")),
            approved_days=float(env.get("CONCH_KEEP_APPROVED_DAYS", "3650")),
            unused_days=float(env.get("CONCH_KEEP_UNUSED_DAYS", "7")),
        )
