"""Models and their variants; benchmarks, their data sets, items and pictures."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from evaluator.checkpoint.precision import BITS


def in_language(en: str, zh: str) -> str:
    """Return the text in the language of the current request."""
    return zh if zh and (get_language() or "").startswith("zh") else en


class VlmModel(models.Model):
    """A model as people speak of it. What is evaluated is one of its variants."""

    slug = models.SlugField(_("slug"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=120)
    organization = models.CharField(_("organisation"), max_length=120, blank=True)
    homepage = models.URLField(_("homepage"), blank=True)
    parameters_b = models.FloatField(_("parameters (billions)"), null=True, blank=True)
    open_weights = models.BooleanField(_("open weights"), null=True, blank=True)
    is_baseline = models.BooleanField(
        _("baseline"),
        default=False,
        help_text=_("Not a model but a yardstick, such as a random guess. Shown, never ranked."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("model")
        verbose_name_plural = _("models")

    def __str__(self) -> str:
        return self.name


class Precision(models.TextChoices):
    """The schemes of ``evaluator.checkpoint.precision``, as shown in a chip. The mark's shape follows the bits."""

    FP32 = "fp32", "FP32"
    BF16 = "bf16", "BF16"
    FP16 = "fp16", "FP16"
    FP8 = "fp8", "FP8"
    INT8 = "int8", "INT8"
    INT4 = "int4", "INT4"
    AWQ_INT4 = "awq_int4", "AWQ INT4"
    GPTQ_INT4 = "gptq_int4", "GPTQ INT4"
    GPTQ_INT8 = "gptq_int8", "GPTQ INT8"
    BNB_INT8 = "bnb_int8", "bitsandbytes INT8"
    BNB_NF4 = "bnb_nf4", "bitsandbytes NF4"
    BNB_FP4 = "bnb_fp4", "bitsandbytes FP4"
    NVFP4 = "nvfp4", "NVFP4"
    MXFP4 = "mxfp4", "MXFP4"
    INT2 = "int2", "INT2"
    GGUF = "gguf", "GGUF"
    UNKNOWN = "unknown", _("undisclosed")

    @property
    def bits(self) -> int | None:
        """Bits of a stored weight; None where that is not known, or not one number."""
        return BITS[self.value]


class Variant(models.Model):
    """One way in which a model exists and is served: its weights, precision and engine. Runs belong to variants."""

    class Kind(models.TextChoices):
        ENDPOINT = "endpoint", _("endpoint")
        CHECKPOINT = "checkpoint", _("checkpoint")
        IMPORTED = "imported", _("imported answers")

    model = models.ForeignKey(
        VlmModel, verbose_name=_("model"), on_delete=models.PROTECT, related_name="variants"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    engine = models.CharField(_("engine"), max_length=40)
    precision = models.CharField(
        _("precision"), max_length=16, choices=Precision.choices, default=Precision.UNKNOWN
    )
    source = models.CharField(
        _("source"),
        max_length=500,
        help_text=_(
            "Hub id, folder or base URL. A base URL is shown only to its submitter and to reviewers."
        ),
    )
    revision = models.CharField(_("revision"), max_length=120, blank=True)
    served_name = models.CharField(_("served model name"), max_length=200)
    architecture = models.CharField(_("architecture"), max_length=200, blank=True)
    base_model = models.CharField(_("base model"), max_length=200, blank=True)
    parameters = models.BigIntegerField(_("parameters"), null=True, blank=True)
    size_bytes = models.BigIntegerField(_("size on disk (bytes)"), null=True, blank=True)
    weights_sha256 = models.CharField(_("weights, SHA-256"), max_length=64, blank=True)
    commit = models.CharField(_("commit"), max_length=40, blank=True)
    components = models.JSONField(
        _("precision per component"),
        default=dict,
        blank=True,
        help_text=_("What was read of the checkpoint, or declared where nothing could be read."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("model__name", "precision")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "model",
                    "kind",
                    "engine",
                    "precision",
                    "source",
                    "revision",
                    "served_name",
                ],
                name="catalog_variant_is_unique",
            )
        ]
        verbose_name = _("variant")
        verbose_name_plural = _("variants")

    def __str__(self) -> str:
        if self.precision == Precision.UNKNOWN:
            return self.model.name
        return f"{self.model.name} {self.get_precision_display()}"

    def get_absolute_url(self) -> str:
        """Return the address of the model's page with this configuration chosen."""
        return f"{reverse('profiles:model', args=[self.model.slug])}?variant={self.pk}"

    @property
    def public_source(self) -> str:
        """The hub id; empty where the source is an endpoint's address or a folder, which are not for everybody."""
        hub = self.kind == self.Kind.CHECKPOINT and not self.source.startswith("/")
        return self.source if hub else ""

    @property
    def precision_bits(self) -> int | None:
        return Precision(self.precision).bits


class RemoteCode(models.Model):
    """A reviewer's word that the code in one commit of a checkpoint may be run on the workers. See ``catalog.trust``."""

    source = models.CharField(_("source"), max_length=500, help_text=_("Hub id or folder."))
    revision = models.CharField(
        _("revision"),
        max_length=40,
        blank=True,
        help_text=_(
            "The full commit. Empty for a folder only: whoever can change it can change its code."
        ),
    )
    reason = models.TextField(_("reason"))
    allowed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("allowed by"),
        on_delete=models.PROTECT,
        editable=False,
    )
    created_at = models.DateTimeField(_("allowed at"), auto_now_add=True)

    class Meta:
        ordering = ("source", "revision")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "revision"], name="catalog_remote_code_is_unique"
            )
        ]
        verbose_name = _("allowed remote code")
        verbose_name_plural = _("allowed remote code")

    def __str__(self) -> str:
        return f"{self.source}@{self.revision[:12]}" if self.revision else self.source


class Benchmark(models.Model):
    """A benchmark, copied from its declaration in ``evaluator.benchmarks`` by ``manage.py sync_benchmarks``."""

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    family = models.CharField(_("family"), max_length=40)
    title_en = models.CharField(_("title (English)"), max_length=120)
    title_zh = models.CharField(_("title (Chinese)"), max_length=120)
    summary_en = models.TextField(_("summary (English)"))
    summary_zh = models.TextField(_("summary (Chinese)"))
    version = models.CharField(_("version"), max_length=40)
    protocol = models.CharField(_("protocol"), max_length=80)
    official_rows = models.PositiveIntegerField(_("official rows"))
    headline_axis = models.CharField(_("headline axis"), max_length=40)
    headline_dimension = models.CharField(_("headline dimension"), max_length=80)
    headline_metric = models.CharField(_("headline metric"), max_length=40)
    board_axis = models.CharField(_("board axis"), max_length=40)
    board_metrics = models.JSONField(
        default=list, blank=True, help_text=_("Further metrics of the whole set on the board.")
    )
    board_dimension_metric = models.CharField(
        max_length=40,
        blank=True,
        help_text=_("The metric of the board's dimension columns; empty: the headline's."),
    )
    declaration = models.JSONField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("The declaration of a benchmark that has no file of its own."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ("position", "slug")
        verbose_name = _("benchmark")
        verbose_name_plural = _("benchmarks")

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return in_language(self.title_en, self.title_zh)

    @property
    def summary(self) -> str:
        return in_language(self.summary_en, self.summary_zh)


class Dimension(models.Model):
    """One value of one axis of a benchmark: a possible column of its board.

    ``declared``: the benchmark's declaration names it. The others were found in the data, on an axis of which the
    declaration names no value (``catalog.dimensions``).
    """

    benchmark = models.ForeignKey(
        Benchmark, verbose_name=_("benchmark"), on_delete=models.CASCADE, related_name="dimensions"
    )
    axis = models.CharField(_("axis"), max_length=40)
    key = models.CharField(_("key"), max_length=120)
    parent = models.CharField(_("parent"), max_length=120, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=120)
    title_zh = models.CharField(_("title (Chinese)"), max_length=120)
    short_en = models.CharField(max_length=40, blank=True)
    short_zh = models.CharField(max_length=40, blank=True)
    position = models.PositiveSmallIntegerField()
    declared = models.BooleanField(_("declared"), default=True)

    class Meta:
        ordering = ("benchmark", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["benchmark", "axis", "key"], name="catalog_dimension_is_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.axis}: {self.title}"

    @property
    def title(self) -> str:
        return in_language(self.title_en, self.title_zh)

    @property
    def short(self) -> str:
        return in_language(self.short_en, self.short_zh) or self.title


class DatasetVersion(models.Model):
    """The rows of a benchmark as one fingerprint names them. Scores on different fingerprints are never ranked together."""

    benchmark = models.ForeignKey(
        Benchmark, verbose_name=_("benchmark"), on_delete=models.PROTECT, related_name="datasets"
    )
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    rows = models.PositiveIntegerField(_("rows"))
    label = models.CharField(_("label"), max_length=120, blank=True)
    source = models.JSONField(_("source"), default=dict)
    current = models.BooleanField(
        _("current"),
        default=False,
        help_text=_("The one whose board is shown first. The first one seen becomes current."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["benchmark", "fingerprint"], name="catalog_dataset_is_unique"
            ),
            models.UniqueConstraint(
                fields=["benchmark"],
                condition=models.Q(current=True),
                name="catalog_one_current_dataset",
            ),
        ]
        verbose_name = _("data set")
        verbose_name_plural = _("data sets")

    def __str__(self) -> str:
        return f"{self.benchmark.slug} {self.fingerprint[:8]}"

    @property
    def expected_rows(self) -> int:
        """How many rows a complete run on it has answers to.

        A set that was made of an imported file's items holds what was answered: it is complete only when it is as large
        as the official release.
        """
        if self.source.get("imported"):
            return max(self.rows, self.benchmark.official_rows)
        return self.rows

    @property
    def official_size(self) -> bool:
        """Whether it has as many rows as the official release. A demo set has not."""
        return self.rows == self.benchmark.official_rows


class ImageQuerySet(models.QuerySet["Image"]):
    def missing_of(self, names: set[str]) -> set[str]:
        """Return which of these sha256 names are not stored yet."""
        return names - set(self.filter(sha256__in=names).values_list("sha256", flat=True))

    def shown_in(self, runs: models.QuerySet[Any]) -> Self:
        """Pictures of the data sets that these runs are on."""
        on_it = runs.filter(dataset=models.OuterRef("item__dataset"))
        places = ItemImage.objects.filter(models.Exists(on_it), image=models.OuterRef("pk"))
        return self.filter(models.Exists(places))


class Image(models.Model):
    """A picture, stored once under its own hash in the artifact store (WebP, and a WebP thumbnail)."""

    sha256 = models.CharField(max_length=64, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField(help_text=_("bytes"))

    objects = ImageQuerySet.as_manager()

    def __str__(self) -> str:
        return self.sha256[:12]


class ItemQuerySet(models.QuerySet["Item"]):
    def with_images(self) -> Self:
        """Items with their pictures in order, in two queries."""
        return self.prefetch_related(
            models.Prefetch(
                "item_images",
                queryset=ItemImage.objects.select_related("image").order_by("position"),
            )
        )


class Item(models.Model):
    """One question of a data set. ``fields`` are the row's own columns; ``dimensions`` its value on each axis."""

    dataset = models.ForeignKey(DatasetVersion, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=120)
    position = models.PositiveIntegerField()
    fields = models.JSONField()
    dimensions = models.JSONField(default=dict)

    objects = ItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "key"], name="catalog_item_is_unique")
        ]
        indexes = [models.Index(fields=["dataset", "position"])]

    def __str__(self) -> str:
        return self.key


class ItemImage(models.Model):
    """A picture of an item, in the order in which the model sees them."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="item_images")
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="item_images")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "position"], name="catalog_item_image_is_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id}/{self.position}"
