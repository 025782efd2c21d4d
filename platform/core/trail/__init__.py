"""What makes the audit trail evidence: signed checkpoints kept elsewhere, verification, exports."""
