"""How the body map is drawn on paper: front and back side by side, what is marked dark and crossed."""

from collections.abc import Collection

from reportlab.pdfgen.canvas import Canvas

from emar.rules.body_map import HEIGHT, WIDTH, View, areas_of

VIEWS: tuple[View, View] = ("front", "back")


def body_map_width(height: float) -> float:
    """Say how wide `draw_body_map` is at this height, in points."""
    return 2 * height * WIDTH / HEIGHT


def draw_body_map(canvas: Canvas, marked: Collection[str], *, x: float, y: float, height: float) -> None:
    """Draw both views with the marked areas; (x, y) is the lower left corner in points."""
    scale = height / HEIGHT
    canvas.saveState()
    canvas.setLineWidth(0.25)
    for number, view in enumerate(VIEWS):
        left = x + number * WIDTH * scale
        for area in areas_of(view):
            is_marked = area.words in marked
            canvas.setFillGray(0.15 if is_marked else 0.97)
            canvas.setStrokeGray(0.45)
            bottom = y + (HEIGHT - area.y - area.height) * scale
            corner = min(area.corner, area.width / 2, area.height / 2) * scale
            canvas.roundRect(
                left + area.x * scale, bottom, area.width * scale, area.height * scale, corner, stroke=1, fill=1
            )
    canvas.restoreState()
