"""bar_chart.py - horizontal bars as inline SVG.

A bar is (label, value, class); the class gives the colour, which the page defines.  Values above
the limit are cut, with a notch in the bar; the figure beside the bar always says the value.  A
value of None is a failure, and said to be one.

      label |======== 3.21
      label |=============/= 55.0        cut at the limit
            0    2    4    6"""
import html
import math

LABEL, AREA, FIGURE, ROW, BAR = 92, 190, 54, 17, 11


def nice_step(span, steps=4):
    """A step of 1, 2 or 5 times a power of ten, so that about `steps` of them make the span."""
    rough = max(span, 1e-9) / steps
    power = 10 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)


def nice_limit(values):
    """Where the axis ends: all values fit, unless a few are far above the others."""
    values = sorted(values)
    if not values:
        return 1.0
    most = values[int(0.9 * (len(values) - 1))]
    top = values[-1] if values[-1] <= 1.6 * most else most
    step = nice_step(top)
    return step * math.ceil(top / step * 0.999)


def figure(value):
    """A value with about three digits."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f}"


def axis(limit, height, mark):
    """Grid lines with their values; one is drawn stronger at `mark`."""
    parts, step = [], nice_step(limit)
    for i in range(int(limit / step + 1.001)):
        x = LABEL + AREA * i * step / limit
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{height}"/>'
                     f'<text class="tick" x="{x:.1f}" y="{height + 11}" '
                     f'text-anchor="middle">{i * step:g}</text>')
    if mark is not None and mark <= limit:
        x = LABEL + AREA * mark / limit
        parts.append(f'<line class="mark" x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{height}"/>')
    return parts


def bar(number, label, value, style, limit):
    """One bar with its label before and its figure behind."""
    top = number * ROW + (ROW - BAR) / 2
    text = number * ROW + ROW / 2 + 3.5
    name = (f'<text class="label" x="{LABEL - 6}" y="{text}" text-anchor="end">'
            f'{html.escape(label)}</text>')
    if value is None:
        return [name, f'<text class="figure" x="{LABEL + 4}" y="{text}">failed</text>']
    shown = AREA * min(value, limit) / limit
    end = LABEL + shown
    parts = [name,
             f'<rect class="{style}" x="{LABEL}" y="{top}" width="{max(shown, 0.5):.1f}" '
             f'height="{BAR}"/>']
    if value > limit * 1.0001:
        parts.append(f'<path class="notch" d="M{end - 12:.1f} {top + BAR + 1} l5 -{BAR + 2} h4 '
                     f'l-5 {BAR + 2} z"/>')
    parts.append(f'<text class="figure" x="{end + 4:.1f}" y="{text}">{figure(value)}</text>')
    return parts


def chart(bars, limit=None, mark=None, title=""):
    """The SVG element."""
    limit = limit or nice_limit([value for _, value, _ in bars if value is not None])
    height = len(bars) * ROW
    parts = [f'<svg viewBox="0 0 {LABEL + AREA + FIGURE} {height + 15}" role="img" '
             f'aria-label="{html.escape(title, quote=True)}">']
    parts += axis(limit, height, mark)
    for number, (label, value, style) in enumerate(bars):
        parts += bar(number, label, value, style, limit)
    return "".join([*parts, "</svg>"])
