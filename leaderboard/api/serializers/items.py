"""Questions across the published runs, as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evaluator.benchmarks import Benchmark as Declaration
from leaderboard.api.serializers.catalog import ModelSerializer, PublicVariantSerializer
from leaderboard.api.serializers.pictures import PictureSerializer
from leaderboard.api.serializers.run_lists import DIMENSION_HELP, TEXT_LENGTH
from leaderboard.api.serializers.runs import ResponseSerializer
from leaderboard.catalog.models import Item
from leaderboard.explorer.item_filters import Sort
from leaderboard.results.models import ItemStatistics, Level, Verdict


class ItemFilterSerializer(serializers.Serializer[Any]):
    """Which questions to return. `right` and `wrong` are runs on the benchmark's board."""

    dimension = serializers.CharField(
        required=False, max_length=TEXT_LENGTH, help_text=DIMENSION_HELP
    )
    level = serializers.ChoiceField(
        choices=Level.choices, required=False, help_text="How many of the models are right."
    )
    differ = serializers.ChoiceField(
        choices=[("1", "1")], required=False, help_text="`1`: only where models disagree."
    )
    verdict = serializers.ChoiceField(
        choices=Verdict.choices, required=False, help_text="That some answer got."
    )
    how = serializers.CharField(
        required=False, max_length=TEXT_LENGTH, help_text="The rule that read some answer."
    )
    right = serializers.UUIDField(required=False, help_text="A run that must be right.")
    wrong = serializers.UUIDField(required=False, help_text="A run that must be wrong.")
    q = serializers.CharField(
        required=False, max_length=TEXT_LENGTH, help_text="Part of the question."
    )
    sort = serializers.ChoiceField(
        choices=[(sort.value, sort.value) for sort in Sort], required=False
    )


class StatisticsSerializer(serializers.ModelSerializer[ItemStatistics]):
    """What the published models made of a question; baselines do not count.

    `level` is from 0 (none is right) to 4 (all are), null where no answer is scored. `disputed` and `hardest` number the
    questions from 1: most evenly split first, fewest right first.
    """

    class Meta:
        model = ItemStatistics
        fields = ("right", "answered", "level", "disputed", "hardest", "verdicts", "hows")


class ItemSerializer(serializers.Serializer[Item]):
    """A question. `options` by letter, empty for an open question. Expects ``context["declared"]``, its declaration."""

    key = serializers.CharField()
    position = serializers.IntegerField()
    question = serializers.SerializerMethodField()
    options = serializers.SerializerMethodField()
    gold = serializers.SerializerMethodField()
    dimensions = serializers.DictField(child=serializers.CharField())
    pictures = PictureSerializer(source="item_images", many=True)

    @property
    def _declared(self) -> Declaration | None:
        found: Declaration | None = self.context["declared"]
        return found

    def get_question(self, item: Item) -> str:
        """Return its text."""
        declared = self._declared
        return declared.question(item.fields) if declared else str(item.fields.get("question", ""))

    def get_options(self, item: Item) -> dict[str, str]:
        """Return its options by letter."""
        return dict(self._declared.options(item.fields)) if self._declared else {}

    def get_gold(self, item: Item) -> str:
        """Return the right answer."""
        declared = self._declared
        return declared.gold(item.fields) if declared else str(item.fields.get("answer", ""))


class ItemRowSerializer(serializers.Serializer[ItemStatistics]):
    """A question in a list."""

    item = ItemSerializer()
    statistics = StatisticsSerializer(source="*")


class ItemAnswerSerializer(serializers.Serializer[Any]):
    """What one published run answered. `passes` are the verdicts on all passes of the question, empty for a single one."""

    run = serializers.UUIDField(source="run.public_id")
    model = ModelSerializer(source="run.submission.variant.model")
    variant = PublicVariantSerializer(source="run.submission.variant")
    response = ResponseSerializer()
    passes = serializers.ListField(
        child=serializers.ChoiceField(choices=Verdict.choices, allow_null=True)
    )


class ItemDetailSerializer(serializers.Serializer[Any]):
    """A question with every published run's answer. `statistics` is null where they are not counted yet."""

    item = ItemSerializer()
    statistics = StatisticsSerializer(allow_null=True)
    passes = serializers.ListField(
        child=serializers.CharField(), help_text="Keys of all passes of the question, in order."
    )
    answers = ItemAnswerSerializer(many=True)


class FacetsSerializer(serializers.Serializer[Any]):
    """How many questions each value of a parameter would leave, the other parameters kept."""

    benchmark = serializers.SlugField()
    number = serializers.IntegerField(help_text="Questions under the whole filter.")
    dimension = serializers.DictField(child=serializers.IntegerField())
    level = serializers.DictField(child=serializers.IntegerField())
    differ = serializers.DictField(child=serializers.IntegerField())
    verdict = serializers.DictField(child=serializers.IntegerField())
    how = serializers.DictField(child=serializers.IntegerField())
