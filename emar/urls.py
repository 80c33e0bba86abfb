"""Where each door stands. Doors are named by string, so that the record imports none of them."""

from django.urls import include, path

urlpatterns = [
    path("api/mobile/", include("mobile_api.urls")),
]
