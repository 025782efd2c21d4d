from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0009_governance")]

    operations = [
        migrations.AddIndex(
            model_name="modelversion",
            index=models.Index(
                condition=models.Q(("quarantined_at__isnull", False)),
                fields=["model"],
                name="version_quarantined",
            ),
        ),
        migrations.AddIndex(
            model_name="registeredmodel",
            index=models.Index(
                condition=models.Q(("next_review_on__isnull", False)),
                fields=["next_review_on"],
                name="model_next_review",
            ),
        ),
    ]
