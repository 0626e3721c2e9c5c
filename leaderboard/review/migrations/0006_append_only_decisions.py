from django.db import migrations

from leaderboard.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0005_decisions"),
    ]

    operations = [append_only("review_decision")]
