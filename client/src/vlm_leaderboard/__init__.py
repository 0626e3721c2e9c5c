"""Python client of VLM Leaderboard: submit vision-language models, follow their evaluation, read results.

from vlm_leaderboard import Client, Endpoint

with Client() as client:
    job = client.submit("My VLM", Endpoint("https://vlm.example.org/v1", "my-vlm"), ["mmbench_en_dev"])
    submission = job.wait()
"""

from __future__ import annotations

from vlm_leaderboard import answers, errors
from vlm_leaderboard._version import __version__
from vlm_leaderboard.client import Client
from vlm_leaderboard.errors import ApiError, LeaderboardError, Problem
from vlm_leaderboard.jobs import Job
from vlm_leaderboard.requests import Checkpoint, Endpoint, NewModel
from vlm_leaderboard.transport import Retries
from vlm_leaderboard.watching import Pace

__all__ = [
    "ApiError",
    "Checkpoint",
    "Client",
    "Endpoint",
    "Job",
    "LeaderboardError",
    "NewModel",
    "Pace",
    "Problem",
    "Retries",
    "__version__",
    "answers",
    "errors",
]
