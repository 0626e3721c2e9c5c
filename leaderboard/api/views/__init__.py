"""The API's views: they find what the user may see, call a service, and answer."""
