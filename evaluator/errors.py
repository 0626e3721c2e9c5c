"""Why an evaluation failed: one code per cause, and for each code words that say what to do.

Codes are stable (they are stored and part of the API); the words may change. Every code has a title and an
advice in English and Chinese, checked by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FailureCode(StrEnum):
    """Stable identifier of a cause of failure."""

    SPEC_INVALID = "spec_invalid"
    BENCHMARK_UNKNOWN = "benchmark_unknown"
    DATASET_MISSING = "dataset_missing"
    DATASET_SCHEMA = "dataset_schema"

    ADDRESS_FORBIDDEN = "address_forbidden"
    ENDPOINT_UNREACHABLE = "endpoint_unreachable"
    ENDPOINT_TIMEOUT = "endpoint_timeout"
    ENDPOINT_NOT_OPENAI = "endpoint_not_openai"
    ENDPOINT_ERROR = "endpoint_error"
    ENDPOINT_AUTH = "endpoint_auth"
    ENDPOINT_MODEL_UNKNOWN = "endpoint_model_unknown"
    ENDPOINT_NO_IMAGES = "endpoint_no_images"
    ENDPOINT_RATE_LIMITED = "endpoint_rate_limited"
    KEY_UNREADABLE = "key_unreadable"

    CHECKPOINT_MISSING = "checkpoint_missing"
    CHECKPOINT_NOT_ALLOWED = "checkpoint_not_allowed"
    CHECKPOINT_NO_SAFETENSORS = "checkpoint_no_safetensors"
    CHECKPOINT_REMOTE_CODE = "checkpoint_remote_code"
    CHECKPOINT_INVALID = "checkpoint_invalid"
    CHECKPOINT_UNPINNED = "checkpoint_unpinned"
    DOES_NOT_FIT = "does_not_fit"

    ENGINE_UNKNOWN = "engine_unknown"
    ENGINE_NOT_CONFIGURED = "engine_not_configured"
    ENGINE_START_FAILED = "engine_start_failed"
    ENGINE_START_TIMEOUT = "engine_start_timeout"
    ENGINE_OUT_OF_MEMORY = "engine_out_of_memory"
    ENGINE_DIED = "engine_died"

    HARNESS_NOT_INSTALLED = "harness_not_installed"
    HARNESS_FAILED = "harness_failed"
    HARNESS_TIMEOUT = "harness_timeout"
    HARNESS_OUT_OF_MEMORY = "harness_out_of_memory"
    METRIC_UNAVAILABLE = "metric_unavailable"
    TOO_MANY_ERRORS = "too_many_errors"

    ARTIFACTS_UNAVAILABLE = "artifacts_unavailable"
    BUNDLE_CORRUPT = "bundle_corrupt"
    BUNDLE_INCOMPLETE = "bundle_incomplete"
    GRADING_FAILED = "grading_failed"

    RESULTS_UNREADABLE = "results_unreadable"
    RESULTS_OTHER_ITEMS = "results_other_items"

    WORKER_LOST = "worker_lost"
    INTERNAL = "internal"


class EvaluationError(Exception):
    """A failure with a code. ``detail`` is shown to people: it must hold no secret and no traceback.

    ``facts`` are for programs, as JSON types: what memory was needed and what to change, where it was too little.
    """

    def __init__(
        self,
        code: FailureCode,
        detail: str = "",
        *,
        log_tail: tuple[str, ...] = (),
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail
        self.log_tail = log_tail
        self.facts = dict(facts or {})

    @property
    def words(self) -> FailureWords:
        """The title and advice for this failure's code."""
        return FAILURE_WORDS[self.code]


class EvaluationCancelled(Exception):
    """The site asked for this attempt to stop. Not a failure."""


@dataclass(frozen=True, slots=True)
class FailureWords:
    """What a person reads. ``ours`` says that the platform, not the submission, is at fault."""

    title_en: str
    advice_en: str
    title_zh: str
    advice_zh: str
    ours: bool = False

    def title(self, language: str = "en") -> str:
        return self.title_zh if language.startswith("zh") else self.title_en

    def advice(self, language: str = "en") -> str:
        return self.advice_zh if language.startswith("zh") else self.advice_en


_W = FailureWords
FAILURE_WORDS: dict[FailureCode, FailureWords] = {
    FailureCode.SPEC_INVALID: _W(
        "The evaluation request is not valid",
        "Correct the field named below and submit again.",
        "评测请求无效",
        "请更正下方指出的字段后重新提交。",
    ),
    FailureCode.BENCHMARK_UNKNOWN: _W(
        "Unknown benchmark",
        "Choose one of the benchmarks listed at /api/v1/benchmarks.",
        "未知的基准",
        "请从 /api/v1/benchmarks 列出的基准中选择。",
    ),
    FailureCode.DATASET_MISSING: _W(
        "The benchmark's data set could not be loaded",
        "Ask an administrator to put the data into BENCHMARK_DATA_DIR or to let the worker reach the hub, then retry.",
        "无法加载基准数据集",
        "请管理员把数据放入 BENCHMARK_DATA_DIR，或允许工作节点访问数据中心，然后重试。",
        ours=True,
    ),
    FailureCode.DATASET_SCHEMA: _W(
        "The data set has other columns than the benchmark needs",
        "Ask an administrator to replace the files in BENCHMARK_DATA_DIR with ones in the hub's schema, then retry.",
        "数据集的列与基准要求不符",
        "请管理员把 BENCHMARK_DATA_DIR 中的文件换成与数据中心相同结构的文件，然后重试。",
        ours=True,
    ),
    FailureCode.ADDRESS_FORBIDDEN: _W(
        "The endpoint's address is not allowed",
        "Use a public http(s) address, or ask an administrator to add its network to ENDPOINT_ALLOWED_NETWORKS.",
        "不允许访问该端点地址",
        "请使用公网 http(s) 地址，或请管理员把其网段加入 ENDPOINT_ALLOWED_NETWORKS。",
    ),
    FailureCode.ENDPOINT_UNREACHABLE: _W(
        "The endpoint cannot be reached",
        "Check that the base URL is right, that the server is running and that the worker may connect to it, then retry.",
        "无法连接端点",
        "请检查 base URL 是否正确、服务是否在运行、工作节点能否连接，然后重试。",
    ),
    FailureCode.ENDPOINT_TIMEOUT: _W(
        "The endpoint did not answer in time",
        "Check the server's load and that it finishes a one-picture request within the time limit, then retry.",
        "端点响应超时",
        "请检查服务负载，确认单图请求能在时限内完成，然后重试。",
    ),
    FailureCode.ENDPOINT_NOT_OPENAI: _W(
        "The endpoint does not speak the OpenAI chat API",
        "Give the base URL that ends before /chat/completions (often .../v1); the answer was not the expected JSON.",
        "端点不支持 OpenAI 聊天接口",
        "请填写 /chat/completions 之前的 base URL（通常以 /v1 结尾）；返回内容不是预期的 JSON。",
    ),
    FailureCode.ENDPOINT_ERROR: _W(
        "The endpoint answered with a server error",
        "Look at the model server's own log, mend it, and retry.",
        "端点返回服务器错误",
        "请查看模型服务自身的日志，修复后重试。",
    ),
    FailureCode.ENDPOINT_AUTH: _W(
        "The endpoint refused the API key",
        "Submit again with a key that may use this model.",
        "端点拒绝了 API 密钥",
        "请使用有权访问该模型的密钥重新提交。",
    ),
    FailureCode.ENDPOINT_MODEL_UNKNOWN: _W(
        "The endpoint does not know this model name",
        "Use one of the names that the endpoint lists at /models.",
        "端点不认识该模型名",
        "请使用端点 /models 列出的名称。",
    ),
    FailureCode.ENDPOINT_NO_IMAGES: _W(
        "The model refused a picture",
        "Submit a vision-language model, or start the server with picture input enabled.",
        "模型拒绝了图片输入",
        "请提交视觉语言模型，或在启动服务时启用图片输入。",
    ),
    FailureCode.ENDPOINT_RATE_LIMITED: _W(
        "The endpoint kept refusing requests for its rate limit",
        "Raise the limit or submit with a lower concurrency, then retry; answered items are kept.",
        "端点持续因限流拒绝请求",
        "请提高限额或降低并发后重试；已回答的题目会保留。",
    ),
    FailureCode.KEY_UNREADABLE: _W(
        "The worker cannot open the sealed API key",
        "Submit again; if it repeats, ask an administrator whether the workers' key was changed.",
        "工作节点无法解开密封的 API 密钥",
        "请重新提交；若再次出现，请管理员确认工作节点密钥是否已更换。",
        ours=True,
    ),
    FailureCode.CHECKPOINT_MISSING: _W(
        "The checkpoint was not found",
        "Check the folder or hub id and the revision; the worker must be able to read it.",
        "找不到检查点",
        "请检查文件夹或模型库 id 以及版本；工作节点必须能读取。",
    ),
    FailureCode.CHECKPOINT_NOT_ALLOWED: _W(
        "The checkpoint lies outside the allowed folders",
        "Move it into one of the folders in CHECKPOINT_ROOTS, or ask an administrator to add its folder.",
        "检查点不在允许的目录内",
        "请将其移到 CHECKPOINT_ROOTS 指定的目录，或请管理员添加该目录。",
    ),
    FailureCode.CHECKPOINT_NO_SAFETENSORS: _W(
        "The checkpoint has no safetensors weights",
        "Convert the weights to safetensors; pickled weights are not loaded.",
        "检查点没有 safetensors 权重",
        "请把权重转换为 safetensors；不会加载 pickle 格式的权重。",
    ),
    FailureCode.CHECKPOINT_REMOTE_CODE: _W(
        "The checkpoint needs its own code to run",
        "Use a model class that the engine has built in, or ask a reviewer to allow remote code for this revision.",
        "检查点需要执行自带代码",
        "请使用引擎内置的模型类，或请审核员为该版本允许远程代码。",
    ),
    FailureCode.CHECKPOINT_INVALID: _W(
        "The checkpoint cannot be loaded",
        "Check config.json and that every weight file is complete.",
        "无法加载检查点",
        "请检查 config.json 以及各权重文件是否完整。",
    ),
    FailureCode.CHECKPOINT_UNPINNED: _W(
        "The revision is not pinned to a commit",
        "Give the full 40-digit commit as the revision: this worker cannot ask the hub what a branch or tag stands for.",
        "版本未固定到提交",
        "请以完整的 40 位提交哈希作为版本：该工作节点无法向模型库查询分支或标签对应的提交。",
    ),
    FailureCode.DOES_NOT_FIT: _W(
        "The checkpoint does not fit into the GPUs' memory",
        "Choose one of the changes below, each with the memory that it is estimated to need, and retry with it.",
        "检查点超出 GPU 显存",
        "请从下方选择一项修改（均附有预计所需显存），然后以修改后的设置重试。",
    ),
    FailureCode.ENGINE_UNKNOWN: _W(
        "Unknown serving engine",
        "Choose one of the engines listed on the submit page.",
        "未知的推理引擎",
        "请从提交页面列出的引擎中选择。",
    ),
    FailureCode.ENGINE_NOT_CONFIGURED: _W(
        "The serving engine is not installed on this worker",
        "Ask an administrator to set the engine's command on the worker, or choose another engine.",
        "该工作节点未安装此推理引擎",
        "请管理员在工作节点上设置引擎命令，或选择其他引擎。",
        ours=True,
    ),
    FailureCode.ENGINE_START_FAILED: _W(
        "The serving engine ended before it was ready",
        "Read the log below; mend the checkpoint or the engine's settings and retry.",
        "推理引擎在就绪前退出",
        "请阅读下方日志，修正检查点或引擎设置后重试。",
    ),
    FailureCode.ENGINE_START_TIMEOUT: _W(
        "The serving engine was not ready in time",
        "Retry; if it repeats, use a smaller model or ask an administrator to raise ENGINE_START_TIMEOUT.",
        "推理引擎未能按时就绪",
        "请重试；若再次出现，请使用更小的模型或请管理员调大 ENGINE_START_TIMEOUT。",
    ),
    FailureCode.ENGINE_OUT_OF_MEMORY: _W(
        "The serving engine ran out of memory",
        "Use more GPUs, a shorter context or a quantized checkpoint, then retry.",
        "推理引擎内存不足",
        "请使用更多 GPU、更短的上下文或量化检查点，然后重试。",
    ),
    FailureCode.ENGINE_DIED: _W(
        "The serving engine ended during the evaluation",
        "Read the log below and retry; answered items are kept.",
        "推理引擎在评测过程中退出",
        "请阅读下方日志后重试；已回答的题目会保留。",
    ),
    FailureCode.HARNESS_NOT_INSTALLED: _W(
        "lmms-eval is not installed on this worker",
        "Ask an administrator to run `make harness` on the worker.",
        "该工作节点未安装 lmms-eval",
        "请管理员在工作节点上运行 `make harness`。",
        ours=True,
    ),
    FailureCode.HARNESS_FAILED: _W(
        "lmms-eval failed",
        "Read the log below and retry; answered items are kept.",
        "lmms-eval 运行失败",
        "请阅读下方日志后重试；已回答的题目会保留。",
        ours=True,
    ),
    FailureCode.HARNESS_TIMEOUT: _W(
        "The benchmark took longer than allowed",
        "Retry to continue from the last answer, or ask an administrator to raise HARNESS_TIMEOUT.",
        "基准评测超时",
        "请重试以从上次的位置继续，或请管理员调大 HARNESS_TIMEOUT。",
    ),
    FailureCode.HARNESS_OUT_OF_MEMORY: _W(
        "lmms-eval ran out of memory",
        "Ask an administrator to raise HARNESS_MEMORY_MB, then retry; answered items are kept.",
        "lmms-eval 内存不足",
        "请管理员调大 HARNESS_MEMORY_MB 后重试；已回答的题目会保留。",
        ours=True,
    ),
    FailureCode.METRIC_UNAVAILABLE: _W(
        "lmms-eval's metric cannot be computed",
        "Ask an administrator to declare another metric for this benchmark: one that the task gives for every sample "
        "and that needs no judge.",
        "无法计算 lmms-eval 的指标",
        "请管理员为该基准声明其他指标：任务对每个样本都给出该指标，且不需要裁判模型。",
        ours=True,
    ),
    FailureCode.TOO_MANY_ERRORS: _W(
        "Too many requests failed in a row",
        "The run was stopped instead of grading failures. Mend the endpoint and retry; answered items are kept.",
        "连续失败的请求过多",
        "为避免把失败当作答案评分，运行已停止。请修复端点后重试；已回答的题目会保留。",
    ),
    FailureCode.ARTIFACTS_UNAVAILABLE: _W(
        "The artifact store cannot be read or written",
        "Ask an administrator to check ARTIFACTS_URL and its credentials, then retry.",
        "无法读写制品存储",
        "请管理员检查 ARTIFACTS_URL 及其凭据，然后重试。",
        ours=True,
    ),
    FailureCode.BUNDLE_CORRUPT: _W(
        "The result bundle does not match its hash",
        "Retry; nothing of it was stored.",
        "结果包与其哈希不符",
        "请重试；没有存储其中任何内容。",
        ours=True,
    ),
    FailureCode.BUNDLE_INCOMPLETE: _W(
        "The result bundle does not hold every item",
        "Retry; nothing of it was stored.",
        "结果包缺少题目",
        "请重试；没有存储其中任何内容。",
        ours=True,
    ),
    FailureCode.GRADING_FAILED: _W(
        "The responses could not be graded",
        "The bundle is kept. Ask an administrator to look at the site's log and to ingest it again.",
        "无法评分",
        "结果包已保留。请管理员查看站点日志并重新入库。",
        ours=True,
    ),
    FailureCode.RESULTS_UNREADABLE: _W(
        "The results file cannot be read",
        "Mend what is named below, or have the harness write the file again. Nothing was stored.",
        "无法读取结果文件",
        "请修正下方指出的问题，或让评测工具重新写出该文件。没有存储其中任何内容。",
    ),
    FailureCode.RESULTS_OTHER_ITEMS: _W(
        "The results file answers other questions",
        "Choose the benchmark and release that the file belongs to. Nothing was stored.",
        "结果文件回答的是别的题目",
        "请选择该文件所属的基准与版本。没有存储其中任何内容。",
    ),
    FailureCode.WORKER_LOST: _W(
        "The worker stopped answering",
        "The run is retried on another worker; answered items are kept where the work folder is shared.",
        "工作节点失去响应",
        "运行会在其他工作节点上重试；共享工作目录时已回答的题目会保留。",
        ours=True,
    ),
    FailureCode.INTERNAL: _W(
        "Something went wrong inside the evaluator",
        "Retry; if it repeats, report the run's id to an administrator.",
        "评测器内部错误",
        "请重试；若再次出现，请把运行 id 告知管理员。",
        ours=True,
    ),
}
