"""How a model served, as the API shows it: the parts of a manifest that ``evaluator.serving`` wrote."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class TrafficSerializer(serializers.Serializer[Any]):
    """Measured on the evaluation's own requests. Milliseconds; tokens per second of one stream."""

    ttft_ms_p50 = serializers.FloatField(allow_null=True, default=None)
    ttft_ms_p95 = serializers.FloatField(allow_null=True, default=None)
    tokens_per_s = serializers.FloatField(allow_null=True, default=None)


class LevelSerializer(serializers.Serializer[Any]):
    """The figures at one number of streams. Milliseconds; null where nothing was measured.

    `goodput` is the share of all requests that met the targets for time to first token and decoding speed.
    """

    concurrency = serializers.IntegerField()
    requests = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment] # the probe's name
    error_rate = serializers.FloatField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)
    ttft_ms_mean = serializers.FloatField(allow_null=True)
    ttft_ms_p50 = serializers.FloatField(allow_null=True)
    ttft_ms_p95 = serializers.FloatField(allow_null=True)
    ttft_ms_p99 = serializers.FloatField(allow_null=True)
    itl_ms_mean = serializers.FloatField(allow_null=True)
    itl_ms_p50 = serializers.FloatField(allow_null=True)
    itl_ms_p95 = serializers.FloatField(allow_null=True)
    itl_ms_p99 = serializers.FloatField(allow_null=True)
    tokens_per_s = serializers.FloatField(allow_null=True)
    tokens_per_s_p5 = serializers.FloatField(allow_null=True)
    output_tokens_per_s = serializers.FloatField(allow_null=True)
    requests_per_s = serializers.FloatField(allow_null=True)
    goodput = serializers.FloatField(allow_null=True)


class TargetSerializer(serializers.Serializer[Any]):
    """A target beside what was measured. `concurrency` is null for what is of all levels together."""

    concurrency = serializers.IntegerField(allow_null=True)
    name = serializers.ChoiceField(choices=["ttft_ms", "tokens_per_s", "gpu_memory"])
    limit = serializers.FloatField()
    measured = serializers.FloatField(allow_null=True)
    met = serializers.BooleanField(allow_null=True)


class ProbeSerializer(serializers.Serializer[Any]):
    """What the model did under load. `error` says why there are no levels, `stopped` why there are not more."""

    plan = serializers.DictField(default=dict)
    levels = LevelSerializer(many=True, default=list)
    targets = TargetSerializer(many=True, default=list)
    stopped = serializers.CharField(default="")
    error = serializers.CharField(default="")


class ServingReportSerializer(serializers.Serializer[Any]):
    """How a run's model served. `probe` is null where it was not put under load.

    `telemetry` is what was sampled of the machine: `peak` and `mean` by series, and `series` over `at_s`, seconds since
    the model began to serve.
    """

    run = serializers.UUIDField()
    traffic = TrafficSerializer()
    probe = ProbeSerializer(allow_null=True)
    hardware = serializers.DictField()
    telemetry = serializers.DictField()
