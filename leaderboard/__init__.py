"""The Django site: takes submissions, grades what the workers bring back, and shows every number with its samples."""
