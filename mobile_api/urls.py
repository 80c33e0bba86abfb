"""Where the device API stands below the address it is mounted at."""

from django.urls import path

from mobile_api.api import api

urlpatterns = [path("", api.urls)]
