"""Setting up a scanner at the desk: codes to scan, on the screen and on paper, and what the scanner makes of them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from emar.queries.homes import HomeOfStaff
from web.access import READERS, for_roles
from web.code_pictures import svg
from web.pdf.labels import SheetCode, code_sheet

#: Every letter that another keyboard layout moves: QWERTZ and AZERTY, German and French digits, signs of both.
LETTERS = "EMAR-azqwyAZQWY#/0189"
#: A pack's code with a batch, so that a separator stands between it and the serial.
MESSAGE = "(01)05012345678900(17)281231(10)LK0329(21)XYZ9"


@for_roles(READERS)
@require_GET
def scanner_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show the codes to scan; the page's script says what arrived and whether the scanner is ready."""
    return render(
        request,
        "scanner/scanner.html",
        {
            "letters": LETTERS,
            "letters_picture": svg(LETTERS, "Code128", title="Test code 1, letters and signs", module=2),
            "message": MESSAGE,
            "message_picture": svg(MESSAGE, "DataMatrix", title="Test code 2, as on a pack", module=5),
        },
    )


@for_roles(READERS)
@require_GET
def codes_paper(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Print the same codes as a PDF, for a scanner that reads no screens."""
    codes = [
        SheetCode("1 Letters and signs", LETTERS, "Code128", "Shows the keyboard layout"),
        SheetCode("2 As on a pack", MESSAGE, "DataMatrix", "Shows the separator"),
    ]
    response = HttpResponse(code_sheet("Scanner set-up", codes), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="scanner-set-up.pdf"'
    return response
