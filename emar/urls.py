"""Where each door stands. Doors are named by string, so that the record imports none of them."""

from django.urls import include, path

urlpatterns = [
    path("api/mobile/", include("mobile_api.urls")),
    path("", include("web.urls")),
]

handler400 = "web.pages.errors.bad_request"
handler403 = "web.pages.errors.permission_denied"
handler404 = "web.pages.errors.not_found"
handler500 = "web.pages.errors.server_error"
