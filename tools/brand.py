"""Draw the pictures in custom_components/bas_ip/brand from docs/brand/*.svg."""

from io import BytesIO
from pathlib import Path
import re
from typing import Any

from PIL import Image
import resvg_py

BRAND = Path("custom_components/bas_ip/brand")


def picture(svg: str, height: int) -> Image.Image:
    """Return the drawing with its few colours in a palette, which halves the file."""
    png = resvg_py.svg_to_bytes(svg_string=svg, height=height, skip_system_fonts=True)
    image: Any = Image.open(BytesIO(bytes(png))).convert("RGBA")
    width, height = image.size
    colours = [colour for _, colour in image.getcolors(256)]
    numbers = {colour: number for number, colour in enumerate(colours)}
    indexed = Image.new("P", image.size)
    indexed.putdata(
        [numbers[image.getpixel((x, y))] for y in range(height) for x in range(width)]
    )
    indexed.putpalette([part for colour in colours for part in colour[:3]])
    indexed.info["transparency"] = bytes(colour[3] for colour in colours)
    return indexed


BRAND.mkdir(exist_ok=True)
for name, height in {"icon": 256, "logo": 192}.items():
    drawing = Path(f"docs/brand/{name}.svg").read_text()
    # The renderer does not know the media query by which the drawing turns dark.
    dark = re.sub(r"@media \(prefers-color-scheme: dark\) {(.*)}", r"\1", drawing)
    for prefix, svg in {"": drawing, "dark_": dark}.items():
        for suffix, factor in {"": 1, "@2x": 2}.items():
            target = BRAND / f"{prefix}{name}{suffix}.png"
            picture(svg, height * factor).save(target, optimize=True)
