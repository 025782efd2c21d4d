"""The database chains each event when its transaction commits, and lets nothing else change one.

The lock is taken by a deferred trigger: after all the work of the transaction, so that nobody waits for somebody's
work, and nobody who holds it waits for a row. Erasing the details of an event is the other change there is;
the digest that binds them stays, so that the chain still verifies.
"""

from django.db import migrations

PLACE = """
DROP TRIGGER core_audit_append_only ON core_auditevent;
UPDATE core_auditevent SET position = placed.position
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS position FROM core_auditevent) AS placed
    WHERE placed.id = core_auditevent.id;
"""
CHAIN = """
CREATE FUNCTION core_audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
    place bigint := 1;
    predecessor text := repeat('0', 64);
BEGIN
    PERFORM pg_advisory_xact_lock(289093337928);
    SELECT position, hash INTO last FROM core_auditevent
        WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1;
    IF FOUND THEN
        place := last.position + 1;
        predecessor := last.hash;
    END IF;
    UPDATE core_auditevent SET position = place, previous_hash = predecessor,
        hash = encode(sha256(convert_to(predecessor || content_hash, 'UTF8')), 'hex')
        WHERE id = NEW.id AND position IS NULL;
    RETURN NULL;
END;
$$;
CREATE CONSTRAINT TRIGGER core_audit_chain AFTER INSERT ON core_auditevent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.position IS NULL) EXECUTE FUNCTION core_audit_chain();
"""
GUARD = """
CREATE FUNCTION core_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept core_auditevent := NEW;
BEGIN
    IF OLD.position IS NULL AND pg_trigger_depth() > 1 THEN
        kept.position := OLD.position;
        kept.previous_hash := OLD.previous_hash;
        kept.hash := OLD.hash;
    ELSIF NEW.redacted AND current_setting('conch.redacts', true) = OLD.id::text THEN
        kept.redacted := OLD.redacted;
        kept.address := OLD.address;
        kept.before := OLD.before;
        kept.after := OLD.after;
        kept.reason := OLD.reason;
        kept.salt := OLD.salt;
        IF (NEW.address, NEW.reason, NEW.salt) <> ('', '', '') OR NEW.shape < 2
            OR NEW.before IS NOT NULL OR NEW.after IS NOT NULL THEN
            RAISE EXCEPTION 'the audit trail is append-only: details are erased whole or not at all'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSE
        kept.hash := 'refused';
    END IF;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'the audit trail is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER core_audit_no_update BEFORE UPDATE ON core_auditevent
    FOR EACH ROW EXECUTE FUNCTION core_audit_guard();
CREATE TRIGGER core_audit_append_only BEFORE DELETE ON core_auditevent
    FOR EACH ROW EXECUTE FUNCTION core_audit_refuse();
"""
ONE_BY_ONE = """
DROP TRIGGER core_audit_append_only ON core_auditevent;
DROP TRIGGER core_audit_no_update ON core_auditevent;
DROP FUNCTION core_audit_guard();
DROP TRIGGER core_audit_chain ON core_auditevent;
DROP FUNCTION core_audit_chain();
CREATE TRIGGER core_audit_append_only BEFORE UPDATE OR DELETE ON core_auditevent
    FOR EACH ROW EXECUTE FUNCTION core_audit_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0006_audit_shape")]
    operations = [migrations.RunSQL(PLACE + CHAIN + GUARD, ONE_BY_ONE)]
