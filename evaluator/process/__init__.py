"""Running somebody else's program: isolated, limited, and gone when it should be gone."""

from evaluator.process.environment import child_environment, redact
from evaluator.process.isolated import End, EndReason, IsolatedProcess

__all__ = ["End", "EndReason", "IsolatedProcess", "child_environment", "redact"]
