"""How a picture is prepared so that a decoder sees more in it: turned, evened, sharpened, magnified, flattened.

Nothing here reads a code or says that there is one: that is barcode_image's job, and it alone decides what to
believe.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike

# One picture must not take every core from the people who are recording doses.
cv2.setNumThreads(1)

BANDS = 5
#: A dozen lines to each band: more are slower to turn upright and make its average no better.
AVERAGED_ROWS = 60


def within(picture: MatLike, side: int) -> MatLike:
    """Make a picture smaller until its longer side is at most `side`; never larger."""
    scale = max(side, 16) / max(picture.shape)
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture


def contrast_evened(picture: MatLike) -> MatLike:
    """Give every part of a picture its full contrast, as against glare and shadow."""
    return cv2.createCLAHE(3, (8, 8)).apply(picture)


def sharpened_double(picture: MatLike) -> MatLike:
    """Double a small picture and sharpen it."""
    double = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return cv2.addWeighted(double, 2.5, cv2.GaussianBlur(double, (0, 0), 3), -1.5, 0)


def light_parts_only(picture: MatLike) -> MatLike:
    """Keep only the lightest parts white: codes whose dark cells are pictures themselves."""
    return cv2.threshold(picture, 215, 255, cv2.THRESH_BINARY)[1]


def thresholded(picture: MatLike) -> MatLike:
    """Make a picture black and white, each part by its own surroundings."""
    neighbourhood = max(31, min(picture.shape) // 16 | 1)
    return cv2.adaptiveThreshold(picture, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, neighbourhood, 5)


def turned(picture: MatLike, degrees: float) -> MatLike:
    """Turn a picture on a white ground."""
    height, width = picture.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    cosine, sine = abs(turn[0, 0]), abs(turn[0, 1])
    wide, high = int(height * sine + width * cosine), int(height * cosine + width * sine)
    turn[:, 2] += (wide - width) / 2, (high - height) / 2
    return cv2.warpAffine(picture, turn, (wide, high), flags=cv2.INTER_LINEAR, borderValue=(255,))


@dataclass(frozen=True)
class Place:
    """Where bars stand: the centre, the width across all of them, the height along each, and the slope."""

    x: float
    y: float
    width: float
    height: float
    degrees: float

    @classmethod
    def between(cls, corners: Sequence[tuple[float, float]]) -> "Place":
        """Give the place between four corners: from the first bar's top round to its foot."""
        a, b, c, d = np.array(corners, np.float64)
        across = (b + c - a - d) / 2
        x, y = (a + b + c + d) / 4
        height = float(np.abs(d - a).sum() + np.abs(c - b).sum()) / 2
        return cls(x, y, float(np.hypot(*across)), height, float(np.degrees(np.arctan2(across[1], across[0]))))

    def overlaps(self, other: "Place") -> bool:
        """Tell whether two places are about one and the same code."""
        return float(np.hypot(self.x - other.x, self.y - other.y)) < (self.width + other.width) / 4


def places_of_bars(picture: MatLike) -> list[Place]:
    """Find up to three places where bars stand side by side, at any slope."""
    places = []
    small = within(picture, 800)
    scale = picture.shape[1] / small.shape[1]
    _, boxes = cv2.barcode.BarcodeDetector().detect(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR))
    for corners in () if boxes is None else boxes[:3]:
        (x, y), (width, height), degrees = cv2.minAreaRect((corners * scale).astype(np.float32))
        if width < height:
            degrees, width, height = degrees + 90, height, width
        places.append(Place(x, y, width, height * 0.8, degrees))
    return places


def bands(picture: MatLike, place: Place, reach: float) -> MatLike:
    """Turn a place upright, `reach` times as wide as it is, and average it into five lines of grey."""
    height = max(place.height, 4)
    across = upright(picture, place, reach, height=height, wide=int(1000 * reach), rows=min(1, AVERAGED_ROWS / height))
    return cv2.resize(across, (across.shape[1], BANDS), interpolation=cv2.INTER_AREA).astype(np.float32)


def upright(picture: MatLike, place: Place, reach: float, *, height: float, wide: int, rows: float = 2.0) -> MatLike:
    """Turn a place upright, `reach` times as wide as it is and magnified to about `wide` pixels.

    Along the bars it is magnified at most `rows` times: nothing new is to be seen there.
    """
    along = np.array([np.cos(np.radians(place.degrees)), np.sin(np.radians(place.degrees))])
    across = np.array([-along[1], along[0]])
    width = max(place.width, 16) * reach
    magnified = min(wide / width, 8.0)
    size = int(width * magnified), max(BANDS, int(height * min(magnified, rows)))
    corner = np.array([place.x, place.y]) - along * width / 2 - across * height / 2
    source = np.array([corner, corner + along * width, corner + across * height], np.float32)
    target = np.array([[0, 0], [size[0], 0], [0, size[1]]], np.float32)
    turn = cv2.getAffineTransform(source, target)
    return cv2.warpAffine(picture, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def deblurred(lines: MatLike, sigma: float, rounds: int) -> MatLike:
    """Undo a lens's blur along lines (Richardson–Lucy): it invents no bars, unlike a filter that sharpens."""
    blurred = np.maximum(lines, 1)
    estimate: MatLike = np.full_like(blurred, blurred.mean()) if rounds else blurred
    size = (int(8 * sigma) | 1, 1)
    for _ in range(rounds):
        ratio = blurred / np.maximum(cv2.GaussianBlur(estimate, size, sigma), 0.001)
        estimate = cv2.multiply(estimate, cv2.GaussianBlur(ratio, size, sigma))
    return estimate


def contrast_stretched(lines: MatLike) -> MatLike:
    """Stretch each line between its own darkest and lightest neighbourhoods, to black and white."""
    reach = np.ones((1, 121), np.uint8)
    dark = cv2.blur(cv2.erode(lines, reach), (121, 1))
    light = cv2.blur(cv2.dilate(lines, reach), (121, 1))
    stretched: MatLike = np.clip((lines - dark) / np.maximum(light - dark, 8), 0, 1)
    return cv2.convertScaleAbs(stretched, alpha=255)


def flattened(picture: MatLike, corners: MatLike, modules: int) -> Iterator[MatLike]:
    """Give a creased QR code drawn flat, better each time.

    A grid is bent over it until its fixed patterns and its contrast fit best, in ever smaller steps.
    """
    module = float(np.linalg.norm(corners[1] - corners[0])) / modules
    inked = _ink(picture, module)
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    across, down = np.meshgrid(*[(np.arange(modules, dtype=np.float32) + 0.5) / modules] * 2)
    flat = cv2.perspectiveTransform(np.dstack([across, down]), cv2.getPerspectiveTransform(unit, corners))
    bends = _bends(across, down)
    amounts = np.zeros((2, len(bends)), np.float32)
    fixed = _fixed_patterns(modules)

    def sampled(by: MatLike) -> MatLike:
        x, y = (flat[..., axis] + np.tensordot(by[axis], bends, 1) for axis in (0, 1))
        return cv2.remap(inked, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def fit(by: MatLike) -> float:
        grid = sampled(by)
        return float((grid * fixed)[fixed != 0].mean() + np.abs(grid[fixed == 0]).mean())

    best = fit(amounts)
    for step in np.repeat([0.8, 0.4, 0.2, 0.1], 3):
        for place in np.ndindex(amounts.shape):
            for change in (step * module, -step * module):
                bent = amounts.copy()
                bent[place] += change
                if (fitted := fit(bent)) > best:
                    best, amounts = fitted, bent
                    break
        cells = cv2.resize(np.where(sampled(amounts) > 0, 0, 255).astype(np.uint8), None, fx=6, fy=6, interpolation=0)
        yield cv2.copyMakeBorder(cells, 30, 30, 30, 30, cv2.BORDER_CONSTANT, value=(255,))


def _ink(picture: MatLike, module: float) -> MatLike:
    """Say how dark each pixel is beside its neighbours, from -1.2 (paper) to 1.2 (ink), under any light."""
    smooth = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), module / 4)
    around = cv2.GaussianBlur(smooth, (0, 0), module * 4)
    spread = np.sqrt(cv2.GaussianBlur((smooth - around) ** 2, (0, 0), module * 4)) + 4
    inked: MatLike = np.clip((around - smooth) / spread, -1.2, 1.2)
    return inked


def _bends(across: MatLike, down: MatLike) -> MatLike:
    """Give the ways to bend a sheet: each edge, the middle, each corner, and an S along each axis."""
    back, up = 1 - across, 1 - down
    arch, rise = 4 * across * back, 4 * down * up
    corners = [across * down, back * up, across * up, back * down]
    waves = [2 * arch * (1 - 2 * across), 2 * rise * (1 - 2 * down)]
    return np.array([arch * up, arch * down, rise * back, rise * across, arch * rise, *corners, *waves], np.float32)


def _fixed_patterns(modules: int) -> MatLike:
    """Draw what every QR code of this size has: finders, timing and, but for the smallest, an alignment pattern."""
    fixed = np.zeros((modules, modules), np.float32)
    finder = cv2.copyMakeBorder(np.ones((3, 3), np.float32), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(-1,))
    finder = cv2.copyMakeBorder(finder, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(1,))
    alignment = cv2.copyMakeBorder(-np.ones((3, 3), np.float32), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(1,))
    alignment[2, 2] = 1
    fixed[:8, :8] = fixed[:8, -8:] = fixed[-8:, :8] = -1
    fixed[:7, :7] = fixed[:7, -7:] = fixed[-7:, :7] = finder
    timing = np.where(np.arange(8, modules - 8) % 2, -1, 1)
    fixed[6, 8:-8] = fixed[8:-8, 6] = timing
    if modules > 21:
        fixed[-9:-4, -9:-4] = alignment
    return fixed
