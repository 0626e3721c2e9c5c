"""``python -m vlm_leaderboard``."""

from __future__ import annotations

from vlm_leaderboard.cli import main

if __name__ == "__main__":
    main()
