from django.db import migrations

# The newest value of a metric is asked for among hundreds of thousands, so it is marked where it is written. The
# version's row is locked first: of two writers of one metric the second sees what the first has written.
KEEP = """
CREATE FUNCTION registry_mark_newest_metric(of_version bigint, of_name text) RETURNS void AS $$
BEGIN
    PERFORM 1 FROM models_registry_modelversion WHERE id = of_version FOR NO KEY UPDATE;
    UPDATE models_registry_versionmetric AS metric SET newest = (metric.id = last.id)
    FROM (
        SELECT id FROM models_registry_versionmetric
        WHERE version_id = of_version AND name = of_name ORDER BY recorded_at DESC, id DESC LIMIT 1
    ) AS last
    WHERE metric.version_id = of_version AND metric.name = of_name
        AND metric.newest IS DISTINCT FROM (metric.id = last.id);
END
$$ LANGUAGE plpgsql;
CREATE FUNCTION registry_metric_written() RETURNS trigger AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM registry_mark_newest_metric(OLD.version_id, OLD.name);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM registry_mark_newest_metric(NEW.version_id, NEW.name);
    END IF;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;
CREATE TRIGGER registry_newest_metric AFTER INSERT OR UPDATE OR DELETE ON models_registry_versionmetric
    FOR EACH ROW WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION registry_metric_written();
UPDATE models_registry_versionmetric AS metric SET newest = false WHERE EXISTS (
    SELECT 1 FROM models_registry_versionmetric AS later
    WHERE later.version_id = metric.version_id AND later.name = metric.name
        AND (later.recorded_at, later.id) > (metric.recorded_at, metric.id)
);
"""
FORGET = """
DROP TRIGGER registry_newest_metric ON models_registry_versionmetric;
DROP FUNCTION registry_metric_written();
DROP FUNCTION registry_mark_newest_metric(bigint, text);
"""


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0007_search")]
    operations = [migrations.RunSQL(KEEP, FORGET)]
