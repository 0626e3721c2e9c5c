"""The client, against the real site."""
