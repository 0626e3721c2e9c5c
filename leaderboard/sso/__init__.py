"""Single sign-on by OpenID Connect: django-allauth's provider under the site's own pages and sign-up policy."""
