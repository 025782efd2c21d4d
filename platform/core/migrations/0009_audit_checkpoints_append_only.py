"""The database itself refuses to change or remove a checkpoint."""

from django.db import migrations

REFUSE = """
CREATE TRIGGER core_checkpoint_append_only BEFORE UPDATE OR DELETE ON core_auditcheckpoint
    FOR EACH ROW EXECUTE FUNCTION core_audit_refuse();
CREATE TRIGGER core_checkpoint_no_truncate BEFORE TRUNCATE ON core_auditcheckpoint
    FOR EACH STATEMENT EXECUTE FUNCTION core_audit_refuse();
"""
ALLOW = """
DROP TRIGGER core_checkpoint_no_truncate ON core_auditcheckpoint;
DROP TRIGGER core_checkpoint_append_only ON core_auditcheckpoint;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0008_audit_checkpoints")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
