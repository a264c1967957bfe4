"""Writes SVG: shapes, text, and the colours of Grafana's dark theme."""

from xml.sax.saxutils import escape

BACKGROUND, PANEL, BORDER, GRID = "#111217", "#181b1f", "#2c3037", "#2a2d34"
TEXT, FAINT, BLUE = "#d5d6da", "#8e8f98", "#6e9fff"
# By the names that a dashboard's JSON has for them.
NAMED = {
    "text": "#a5a6ad",
    "green": "#73bf69",
    "super-light-green": "#c8f2c2",
    "red": "#f2495c",
    "semi-dark-red": "#e02f44",
    "orange": "#ff9830",
    "dark-orange": "#fa6400",
    "yellow": "#fade2a",
    "blue": "#5794f2",
    "purple": "#b877d9",
}
PALETTE = [
    "#73bf69",
    "#f2cc0c",
    "#8ab8ff",
    "#ff780a",
    "#f2495c",
    "#5794f2",
    "#b877d9",
    "#705da0",
    "#37872d",
    "#fade2a",
    "#447ebc",
    "#c15c17",
]
# Mean advance of a character, in ems; good enough to place text without knowing the font.
ADVANCE = 0.6


def number(value):
    return f"{value:.1f}".removesuffix(".0")


class Drawing:
    """A picture, drawn from back to front."""

    def __init__(self, width, height, title):
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'font-family="Inter, Helvetica, Arial, sans-serif" role="img"><title>{escape(title)}</title>'
        ]
        self.rect(0, 0, width, height, BACKGROUND)

    def svg(self):
        return "\n".join([*self.parts, "</svg>"])

    @staticmethod
    def width(text, size):
        return len(text) * size * ADVANCE

    def rect(self, x, y, width, height, fill, stroke=None, radius=0, opacity=1):
        more = f' stroke="{stroke}"' if stroke else ""
        more += f' rx="{radius}"' if radius else ""
        more += f' fill-opacity="{opacity}"' if opacity != 1 else ""
        self.parts.append(
            f'<rect x="{number(x)}" y="{number(y)}" width="{number(max(width, 0))}" '
            f'height="{number(max(height, 0))}" fill="{fill}"{more}/>'
        )

    def text(self, x, y, text, size=12, fill=TEXT, anchor="start", weight=400, limit=None):
        if limit and self.width(text, size) > limit:
            text = text[: max(int(limit / size / ADVANCE) - 1, 1)] + "…"
        more = f' text-anchor="{anchor}"' if anchor != "start" else ""
        more += f' font-weight="{weight}"' if weight != 400 else ""
        self.parts.append(
            f'<text x="{number(x)}" y="{number(y)}" font-size="{size:g}" fill="{fill}"{more}>{escape(text)}</text>'
        )

    def line(self, x1, y1, x2, y2, stroke, dash=None, width=1):
        more = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<path d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}" stroke="{stroke}" '
            f'stroke-width="{width}"{more}/>'
        )

    def path(self, d, fill="none", stroke=None, width=1, opacity=1, dash=None):
        more = f' stroke="{stroke}" stroke-width="{width}" stroke-linejoin="round"' if stroke else ""
        more += f' fill-opacity="{opacity}"' if opacity != 1 else ""
        more += f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<path d="{d}" fill="{fill}"{more}/>')
