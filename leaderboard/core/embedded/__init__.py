"""PostgreSQL, Valkey and the site's processes as one foreground command. Knows nothing of Django."""
