"""What a checkpoint says of itself, and what it takes to serve it. Pure Python: no torch, no weights loaded, no network.

Shared with the site: nothing here starts anything.
"""
