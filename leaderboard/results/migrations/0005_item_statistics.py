
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_imports"),
        ("results", "0004_judge_rulings"),
    ]

    operations = [
        migrations.CreateModel(
            name="ItemStatistics",
            fields=[
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="statistics",
                        serialize=False,
                        to="catalog.item",
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("right", models.PositiveIntegerField()),
                ("answered", models.PositiveIntegerField()),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "None right"),
                            (1, "Few right"),
                            (2, "About half right"),
                            (3, "Most right"),
                            (4, "All right"),
                        ],
                        null=True,
                    ),
                ),
                ("disputed", models.PositiveIntegerField()),
                ("hardest", models.PositiveIntegerField()),
                (
                    "right_runs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                (
                    "wrong_runs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                (
                    "verdicts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10), size=None
                    ),
                ),
                (
                    "hows",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=None
                    ),
                ),
                (
                    "dataset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.datasetversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["dataset", "position"], name="results_stats_position"),
                    models.Index(fields=["dataset", "disputed"], name="results_stats_disputed"),
                    models.Index(fields=["dataset", "hardest"], name="results_stats_hardest"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["hows"], name="results_stats_hows"
                    ),
                ],
            },
        ),
    ]
