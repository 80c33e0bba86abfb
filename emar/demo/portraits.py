"""What an invented resident looks like: a drawn face, plainly a drawing, as the small JPEG the record keeps."""

import random
from io import BytesIO

from PIL import Image, ImageDraw

SIDE = 240
_OVERSAMPLED = 2
_SKIN = ("#f6dcc8", "#efc9a8", "#e3b48c", "#c98f62", "#a86c44", "#7d4b2c", "#59331f")
_HAIR = ("#f4f4f2", "#dcdcdc", "#bdbdbd", "#9a9a9a", "#77706a", "#4b4440")
_CLOTHES = ("#2f6f8f", "#8c3b4a", "#4f7a4a", "#7a5c99", "#b8742a", "#3b4a6b", "#a04f7d", "#5f6b6d", "#c2a23a")
_WALL = ("#dfe9ee", "#efe6d8", "#e3ecdf", "#ece1ea", "#f1ead2", "#dde3ea", "#e9dcd6")


def portrait(chance: random.Random, *, is_woman: bool, complexions: tuple[int, ...]) -> bytes:
    """Draw one face and return it as a JPEG of 240 by 240 pixels; the same chance draws the same face."""
    side = SIDE * _OVERSAMPLED
    image = Image.new("RGB", (side, side), chance.choice(_WALL))
    pen = _Pen(ImageDraw.Draw(image), side / 100)
    skin, hair = _SKIN[chance.choice(complexions)], chance.choice(_HAIR)
    width, height = chance.uniform(19, 23), chance.uniform(24, 28)
    _shoulders(pen, chance, skin)
    style = chance.randrange(4) if is_woman else 4 + chance.randrange(4)
    _hair_behind(pen, style, hair, width, height)
    pen.oval(50, 44, width, height, skin)
    for side_of_face in (-1, 1):
        pen.oval(50 + side_of_face * width, 46, 3.2, 5, skin)
    _hair_before(pen, style, hair, skin, width, height)
    _face(pen, chance, hair, has_beard=not is_woman and chance.random() < 0.3, width=width)
    picture = BytesIO()
    image.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(picture, "JPEG", quality=82)
    return picture.getvalue()


class _Pen:
    """Draws in hundredths of the picture's side."""

    def __init__(self, draw: ImageDraw.ImageDraw, unit: float) -> None:
        self.draw, self.unit = draw, unit

    def box(self, x: float, y: float, across: float, down: float) -> list[float]:
        return [self.unit * edge for edge in (x - across, y - down, x + across, y + down)]

    def oval(self, x: float, y: float, across: float, down: float, colour: str) -> None:
        self.draw.ellipse(self.box(x, y, across, down), fill=colour)

    def ring(self, x: float, y: float, across: float, down: float, colour: str) -> None:
        self.draw.ellipse(self.box(x, y, across, down), outline=colour, width=int(self.unit * 1.2))

    def curve(self, x: float, y: float, across: float, down: float, angles: tuple[int, int], colour: str) -> None:
        self.draw.arc(self.box(x, y, across, down), *angles, fill=colour, width=int(self.unit * 1.3))

    def half(self, x: float, y: float, across: float, down: float, colour: str) -> None:
        self.draw.chord(self.box(x, y, across, down), 180, 360, fill=colour)


def _shoulders(pen: _Pen, chance: random.Random, skin: str) -> None:
    cloth = chance.choice(_CLOTHES)
    pen.oval(50, 104, 38, 32, cloth)
    pen.oval(50, 74, 9, 14, skin)
    if chance.random() < 0.5:
        pen.curve(50, 76, 13, 9, (10, 170), chance.choice(_CLOTHES))


def _hair_behind(pen: _Pen, style: int, hair: str, width: float, height: float) -> None:
    match style:
        case 0:
            pen.oval(50, 40, width + 7, height + 3, hair)
        case 1:
            for x in (-1, 0, 1):
                pen.oval(50 + x * (width - 5), 30 - 4 * (x == 0), 13, 13, hair)
            for x in (-1, 1):
                pen.oval(50 + x * (width + 2), 44, 8, 11, hair)
        case 2:
            pen.oval(50, 14, 9, 8, hair)
            pen.oval(50, 38, width + 3, height - 1, hair)
        case 3:
            pen.oval(50, 48, width + 6, height + 8, hair)
        case 4 | 5:
            pen.oval(50, 38, width + 2, height - 3, hair)
        case _:
            for x in (-1, 1):
                pen.oval(50 + x * width, 42, 4, 9, hair)


def _hair_before(pen: _Pen, style: int, hair: str, skin: str, width: float, height: float) -> None:
    top = 44 - height
    if style in (0, 2, 3, 4):
        pen.half(50, top + 13, width, 14, hair)
    elif style == 5:
        pen.half(46, top + 10, width - 3, 10, hair)
    elif style == 1:
        pen.half(50, top + 10, width - 1, 10, hair)
    else:
        pen.oval(50, top + 8, width - 6, 6, skin)


def _face(pen: _Pen, chance: random.Random, hair: str, *, has_beard: bool, width: float) -> None:
    ink = "#3a2c26"
    if has_beard:
        pen.draw.chord(pen.box(50, 52, width - 2, 19), 20, 160, fill=hair)
    apart = chance.uniform(8, 10)
    has_glasses = chance.random() < 0.55
    for side in (-1, 1):
        x = 50 + side * apart
        pen.oval(x, 43, 1.7, 2, ink)
        pen.curve(x, 38.5, 4.5, 2.5, (200, 340), hair if hair != "#f4f4f2" else "#c8c8c8")
        if has_glasses:
            pen.ring(x, 43, 6.6, 5.6, ink)
    if has_glasses:
        pen.draw.line(
            [pen.unit * (50 - apart + 6.6), pen.unit * 43, pen.unit * (50 + apart - 6.6), pen.unit * 43],
            fill=ink,
            width=int(pen.unit),
        )
    pen.curve(50, 49, 2.6, 3, (30, 150), "#8a5f4a")
    smile = chance.uniform(3, 5.5)
    pen.curve(50, 56, chance.uniform(6, 8), smile, (20, 160), "#9c4a44")
