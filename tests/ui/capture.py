#!/usr/bin/env python3
"""A terminal's screen as a picture: reads what `tmux capture-pane -ep` prints, writes a PNG (python3-pil, fonts-dejavu-core).

usage: tmux capture-pane -ep | tests/ui/capture.py OUT.png [COLUMNS]

The pictures of the workbench in docs/ are made with it from trainings that ran. Blocks and braille are drawn, not taken from the font, so that they join."""
import re
import sys

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, SIZE = 9, 18, 15
INK, PAPER = (216, 216, 216), (18, 20, 24)
BASIC = [(0, 0, 0), (205, 49, 49), (13, 188, 121), (229, 229, 16), (36, 114, 200), (188, 63, 188), (17, 168, 205), (229, 229, 229)]
FOLDER = "/usr/share/fonts/truetype/dejavu/"


def palette(n):
    if n < 16:
        return BASIC[n % 8]
    if n < 232:
        n -= 16
        return tuple(0 if v == 0 else 55 + 40 * v for v in (n // 36, n // 6 % 6, n % 6))
    return (8 + 10 * (n - 232),) * 3


class Style:
    def __init__(self):
        self.reset()

    def reset(self):
        self.fg = self.bg = None
        self.bold = self.dim = self.reverse = self.underline = False

    def apply(self, codes):
        codes = codes or [0]
        while codes:
            c = codes.pop(0)
            if c == 0:
                self.reset()
            elif c == 1:
                self.bold = True
            elif c == 2:
                self.dim = True
            elif c == 4:
                self.underline = True
            elif c == 7:
                self.reverse = True
            elif c == 22:
                self.bold = self.dim = False
            elif c == 24:
                self.underline = False
            elif c == 27:
                self.reverse = False
            elif c in (38, 48):
                kind = codes.pop(0)
                colour = palette(codes.pop(0)) if kind == 5 else tuple(codes.pop(0) for _ in range(3))
                if c == 38:
                    self.fg = colour
                else:
                    self.bg = colour
            elif c == 39:
                self.fg = None
            elif c == 49:
                self.bg = None
            elif 30 <= c <= 37:
                self.fg = BASIC[c - 30]
            elif 40 <= c <= 47:
                self.bg = BASIC[c - 40]

    def colours(self):
        fg, bg = self.fg or INK, self.bg or PAPER
        if self.reverse:
            fg, bg = bg, fg
        if self.dim:
            fg = tuple((2 * a + b) // 3 for a, b in zip(fg, bg))
        return fg, bg


def cells(line):
    style = Style()
    for part in re.findall(r"\x1b\[[0-9;:]*m|\x1b[()].|\x0e|\x0f|[^\x1b]", line):
        if part.startswith("\x1b["):
            style.apply([int(v) if v else 0 for v in re.split("[;:]", part[2:-1])])
        elif part[0] not in "\x1b\x0e\x0f":
            yield part, style.colours(), style.bold


def draw_cell(draw, x, y, rune, fg, bg, font):
    draw.rectangle((x, y, x + WIDTH - 1, y + HEIGHT - 1), fill=bg)
    code = ord(rune)
    if 0x2800 <= code <= 0x28FF:
        for bit, (dx, dy) in enumerate([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]):
            if code >> bit & 1:
                cx, cy = x + 2 + 5 * dx, y + 2 + 4.5 * dy
                draw.ellipse((cx - 0.6, cy - 0.2, cx + 1.4, cy + 1.8), fill=fg)
    elif 0x2581 <= code <= 0x2588:
        draw.rectangle((x, y + HEIGHT - HEIGHT * (code - 0x2580) // 8, x + WIDTH - 1, y + HEIGHT - 1), fill=fg)
    elif code == 0x2580:
        draw.rectangle((x, y, x + WIDTH - 1, y + HEIGHT // 2 - 1), fill=fg)
    elif code in (0x2500, 0x2550):
        for dy in (0,) if code == 0x2500 else (-2, 2):
            draw.rectangle((x, y + HEIGHT // 2 + dy, x + WIDTH - 1, y + HEIGHT // 2 + dy), fill=fg)
    elif code == 0x2502:
        draw.rectangle((x + WIDTH // 2, y, x + WIDTH // 2, y + HEIGHT - 1), fill=fg)
    elif code > 32:
        draw.text((x, y), rune, fill=fg, font=font)


def main():
    out, columns = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    lines = [list(cells(line)) for line in sys.stdin.read().rstrip("\n").split("\n")]
    width = columns or max(len(line) for line in lines)
    image = Image.new("RGB", (width * WIDTH + 16, len(lines) * HEIGHT + 16), PAPER)
    draw = ImageDraw.Draw(image)
    fonts = [ImageFont.truetype(FOLDER + name, SIZE) for name in ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf")]
    for row, line in enumerate(lines):
        for column, (rune, (fg, bg), bold) in enumerate(line[:width]):
            draw_cell(draw, 8 + column * WIDTH, 8 + row * HEIGHT, rune, fg, bg, fonts[bold])
    image.quantize(240).save(out, optimize=True)


main()
