"""The reviewers' pages: the queue, a run with what speaks for and against it, and the decisions."""
