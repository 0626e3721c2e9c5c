"""The workers' Celery application. It meets the site's in ``evaluator.messages`` and nowhere else.

Start one process per GPU group: ``celery -A evaluator.celery worker --concurrency 1 --queues gpu.1`` (and
``--queues endpoint`` for endpoints, which need no GPU).
"""

from __future__ import annotations

from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutdown

from evaluator.messages import ENDPOINT_QUEUE, VISIBILITY_TIMEOUT_S, WORKERS_UNACKED_KEY
from evaluator.presence import Presence
from evaluator.reception import Reception
from evaluator.settings import WorkerSettings

settings = WorkerSettings.from_environment()

app = Celery("evaluator", include=["evaluator.tasks"])
app.conf.update(
    broker_url=settings.redis_url,
    result_backend=None,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    # A stopped worker gives its task back within seconds instead of finishing hours of work first;
    # the next worker continues from the answers that are there.
    worker_soft_shutdown_timeout=5,
    worker_enable_soft_shutdown_on_idle=False,
    broker_transport_options={
        # Short, because the heartbeat renews it: a killed worker's message comes back, a living one's does not.
        "visibility_timeout": VISIBILITY_TIMEOUT_S,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "unacked_key": WORKERS_UNACKED_KEY,
        "unacked_index_key": f"{WORKERS_UNACKED_KEY}_index",
        "unacked_mutex_key": f"{WORKERS_UNACKED_KEY}_mutex",
    },
)

presence = Presence(settings.redis_url)
reception = Reception(settings.redis_url, settings.private_key, settings.pipeline.allowed_networks)


@worker_ready.connect
def begin_presence(sender: Any, **_extra: Any) -> None:
    """The worker's main process has begun to take work: say so, until it ends. Who evaluates endpoints tests them too."""
    queues = sorted(sender.app.amqp.queues.consume_from)
    presence.begin(queues, sender.pool.num_processes)
    if ENDPOINT_QUEUE in queues:
        reception.begin()


@worker_shutdown.connect
def end_presence(**_extra: Any) -> None:
    """Say no more, so that the worker is gone from the queue page at once."""
    reception.end()
    presence.end()
