"""What the health page and `manage.py doctor` ask of this door: can it read photos of barcodes?"""

from django.apps import AppConfig

from emar.health import check


class MobileApiConfig(AppConfig):
    """The door for devices."""

    name = "mobile_api"


@check("photo reading", is_required=True)
def photo_reading() -> str | None:
    """Whether pictures can be decoded at all. Imported when asked: a command should not wait for OpenCV."""
    try:
        import mobile_api.barcode_image  # noqa: F401
    except ImportError as wrong:
        return f"{wrong.name} cannot be imported"
    return None


@check("second photo reader", is_required=False)
def second_photo_reader() -> str | None:
    """Whether pyzbar is there to confirm what zxing-cpp read."""
    from mobile_api.barcode_image import has_second_voter

    return None if has_second_voter() else "missing: install libzbar0, and photos are read more surely"
