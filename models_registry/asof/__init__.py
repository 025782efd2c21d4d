"""A model as it was at a past moment, told by the audit trail alone: rows change."""
