"""What a run came to, as tables."""
