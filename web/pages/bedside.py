"""The bedside app's shell: one page, its service worker and its manifest. Everything else it asks the device API."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

BUILT = Path(settings.BASE_DIR) / "web" / "static" / "bedside"


@require_safe
@never_cache
def shell(request: HttpRequest) -> HttpResponse:
    """Show the app. It needs no sign-in: what is personal comes through the device API, after one."""
    return render(request, "bedside/shell.html", {"build": _build()})


@require_safe
@never_cache
def service_worker(request: HttpRequest) -> HttpResponse:
    """Send the service worker from the app's own folder, so that it may answer for the whole of it."""
    return HttpResponse(_file("sw.js"), content_type="text/javascript; charset=utf-8")


@require_safe
@never_cache
def manifest(request: HttpRequest) -> HttpResponse:
    """Send what a phone needs to install the app."""
    return HttpResponse(_file("manifest.webmanifest"), content_type="application/manifest+json")


def built(name: str) -> str:
    """Return the address of one of the app's own scripts that a desk page uses too; empty where it is not built."""
    try:
        build: dict[str, Any] = json.loads((BUILT / "build.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    return str(build.get(name, ""))


def _build() -> dict[str, Any]:
    build: dict[str, Any] = json.loads(_file("build.json"))
    return build


def _file(name: str) -> str:
    try:
        return (BUILT / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Http404("The bedside app is not built yet: run make demo, or npm run build in web/bedside.") from None
