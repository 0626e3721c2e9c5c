"""Of django-allauth's tables the admin shows which accounts are connected. The others are not used here."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialApp, SocialToken
from django.contrib import admin

# The provider is named in the settings; a second one made here would be confused with it.
admin.site.unregister([EmailAddress, SocialApp, SocialToken])
