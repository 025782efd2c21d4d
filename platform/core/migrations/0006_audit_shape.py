"""An event says for whom it was done, binds what may be erased through a digest of its own, and has a place."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0005_teams_of_people'),
    ]

    operations = [
        migrations.AddField(
            model_name='auditevent',
            name='content_hash',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='delegated_for',
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='details_hash',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='position',
            field=models.BigIntegerField(null=True, unique=True),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='redacted',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='salt',
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='shape',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        # Events from before keep their shape; new ones have the next.
        migrations.AlterField(
            model_name='auditevent',
            name='shape',
            field=models.PositiveSmallIntegerField(default=2),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='hash',
            field=models.CharField(max_length=64, null=True, unique=True),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='previous_hash',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='verb',
            field=models.CharField(max_length=64),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['actor_name', '-id'], name='audit_actor'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['verb', '-id'], name='audit_verb'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['door', '-id'], name='audit_door'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['at'], name='audit_at'),
        ),
    ]
