"""report_html.py - the figures as one HTML page: no scripts, no outside resources.

Colours are per family of engines, in shades within a family, defined for light and dark."""
import html

import bar_chart
from report_text import MEANS, absences, failures, notes, number

# shades of each family, first on light, then on dark ground
PALETTE = {
    "native": (["#6e7781", "#a5adb6"], ["#8b949e", "#5f6873"]),
    "wx": (["#0a4fc4", "#2f81f7", "#86b6ff"], ["#2f81f7", "#6cabff", "#a8cdff"]),
    "v8": (["#b35900", "#e08a2e", "#f0bb80"], ["#d9822b", "#eba55c", "#f5cd9f"]),
    "jsc": (["#1a7f37", "#5bb974"], ["#3fb950", "#7ee295"]),
    "wasmtime": (["#8250df"], ["#a371f7"]),
    "wasmer": (["#bf3989"], ["#f778ba"]),
    "wasm3": (["#8d6b00"], ["#d0a215"]),
    "wamr": (["#1b7c83"], ["#39c5cf"]),
}
OTHER = (["#57606a"], ["#8b949e"])

# columns of the table of all figures: field, which of its values, unit
DETAILS = (("first_ns", "best", 1e6), ("best_ns", "best", 1e6), ("best_ns", "median", 1e6),
           ("cpu_ns", "best", 1e6), ("cpu_ns", "median", 1e6), ("wall_ns", "best", 1e6),
           ("wall_ns", "median", 1e6), ("rss_kb", "median", 1024))

STYLE = """
:root { color-scheme: light dark; --ground: #ffffff; --panel: #f6f8fa; --text: #1f2328;
  --soft: #59636e; --line: #d1d9e0; --mark: #59636e; %(light)s }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --panel: #151b23;
  --text: #f0f6fc; --soft: #9198a1; --line: #30363d; --mark: #9198a1; %(dark)s } }
body { background: var(--ground); color: var(--text); margin: 2rem auto; max-width: 1180px;
  padding: 0 1rem; font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.7rem; } h2 { margin-top: 2.4rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 0.95rem; margin: 0 0 0.3rem; } p, li { max-width: 48rem; }
.soft { color: var(--soft); }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)); gap: 12px; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
  padding: 10px 12px; }
.wide { max-width: 480px; }
svg { display: block; width: 100%%; height: auto; font: 10.5px system-ui, sans-serif; }
svg .label, svg .figure { fill: var(--text); } svg .tick { fill: var(--soft); font-size: 9px; }
svg .figure { paint-order: stroke; stroke: var(--panel); stroke-width: 3px; }
svg .grid { stroke: var(--line); stroke-width: 0.6; }
svg .mark { stroke: var(--mark); stroke-dasharray: 3 2; }
svg .notch { fill: var(--panel); }
details { margin-top: 1rem; } summary { cursor: pointer; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 9px; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, td.left, th.left { text-align: left; }
code { font-size: 12px; }
.bad { color: #cf222e; } @media (prefers-color-scheme: dark) { .bad { color: #ff7b72; } }
%(fills)s
"""


def text(value):
    return html.escape(str(value))


def styles(engines):
    """{engine: class}, and the style sheet."""
    classes, light, dark, fills, seen = {}, [], [], [], {}
    for place, (name, engine) in enumerate(engines.items()):
        family = engine["family"]
        shade = seen[family] = seen.get(family, -1) + 1
        on_light, on_dark = PALETTE.get(family, OTHER)
        light.append(f"--e{place}: {on_light[shade % len(on_light)]};")
        dark.append(f"--e{place}: {on_dark[shade % len(on_dark)]};")
        fills.append(f"svg .e{place} {{ fill: var(--e{place}); }}")
        classes[name] = f"e{place}"
    sheet = STYLE % {"light": " ".join(light), "dark": " ".join(dark), "fills": "\n".join(fills)}
    return classes, sheet


def panel(title, bars, limit=None, mark=None, wide=False):
    if not bars:
        return ""
    return (f'<div class="panel{" wide" if wide else ""}"><h3>{text(title)}</h3>'
            f'{bar_chart.chart(bars, limit, mark, title)}</div>')


def table(header, rows, left=1):
    """The first `left` columns are flush left."""
    def line(tag, cells):
        return "<tr>" + "".join(f'<{tag}{" class=left" if i < left else ""}>{text(cell)}</{tag}>'
                                for i, cell in enumerate(cells)) + "</tr>"
    return ('<div class="scroll"><table>' + line("th", header) +
            "".join(line("td", row) for row in rows) + "</table></div>")


def intro(record):
    machine, options = record["machine"], record["options"]
    rows = [[name, engine["run"] + (f', built with {engine["build"]}' if engine["native"] else ""),
             engine["version"]] for name, engine in record["engines"].items()]
    kind = "one quick round: the figures are rough" if options["quick"] else \
        f'{options["runs"]} rounds, {options["time_ms"]:g} ms of native work a run'
    return [f'<p class="soft">{text(record["date"])}; commit {text(record["commit"])}; '
            f'{text(machine["cpu"])}, {machine["cores"]} cores, load average at the start '
            f'{machine["load"][0]}; {text(kind)}.</p>',
            table(["engine", "command", "version"], rows, left=3)]


def steady(data, engines, classes):
    reference, others = engines[0], engines[1:]
    ratios, means = data["ratios"]["kernel_best"], data["means"]
    every = [ratio for row in ratios.values() for ratio in row.values()]
    limit = bar_chart.nice_limit(every)
    mean = means["kernel_best"]
    out = ["<h2>Steady state</h2>",
           f"<p>Time of the best repetition of each program's kernel, {text(reference)} = 1 (the "
           "dashed line). Less is better. First the geometric mean over all programs.</p>",
           panel("Geometric mean", [(e, mean[e]["geomean"], classes[e]) for e in others
                                    if e in mean], all_of(mean, others), mark=1, wide=True)]
    rows = [[title] + [f'{means[name][e]["geomean"]:.2f} ({means[name][e]["programs"]})'
                       if e in means[name] else "-" for e in others] for name, title in MEANS]
    out += ["<p>Geometric means, in brackets of how many programs:</p>", table(["", *others], rows),
            f'<p>Each program, bars cut at {limit:g}:</p><div class="panels">']
    for program in data["programs"]:
        bars = [(e, ratios.get(program, {}).get(e), classes[e]) for e in others]
        out.append(panel(title_of(data, program, reference), bars, limit, mark=1))
    return out + ["</div>", every_figure(data, engines)]


def every_figure(data, engines):
    """What was measured of each program in each engine, to be unfolded."""
    rows = []
    for program in data["programs"]:
        for engine in engines:
            found = data["summary"][program].get(engine)
            if found:
                rows.append([program, engine] + [
                    number(found[field][which] / scale, 3) for field, which, scale in DETAILS])
    return ("<details><summary>All figures: milliseconds, peak memory in MB</summary>" +
            table(["program", "engine", "first kernel", "best kernel", "median", "CPU, best",
                   "median", "wall, best", "median", "peak MB"], rows, left=2) + "</details>")


def all_of(mean, engines):
    """A limit that no mean is above."""
    top = max((mean[engine]["geomean"] for engine in engines if engine in mean), default=1)
    return bar_chart.nice_limit([top])


def title_of(data, program, reference):
    best = data["summary"][program].get(reference, {}).get("best_ns", {}).get("best")
    return f"{program} ({best / 1e6:.2f} ms)" if best else program


def short(data, classes):
    out = ["<h2>Short runs</h2>",
           "<p>Whole processes, wall time in milliseconds, best: a module that does nothing, a "
           "small program, and a large module (sqlite) with about 10 ms of native work.</p>",
           '<div class="panels">']
    programs = list(dict.fromkeys(row["program"] for row in data["rows"]))
    found = {(row["program"], row["engine"]): row for row in data["rows"]}
    for field, title in (("wall_ms", "ms"), ("rss_mb", "peak memory in MB")):
        for program in programs:
            bars = [(engine, found.get((program, engine), {}).get(field), style)
                    for engine, style in classes.items()]
            out.append(panel(f"{program}, {title}", bars))
    rows = [[row["program"], row["engine"]] + [number(row.get(field)) for field in
            ("wall_ms", "wall_median_ms", "cpu_ms", "cpu_median_ms", "wall_above_ms",
             "cpu_above_ms", "wall_ratio", "cpu_ratio", "rss_mb")] for row in data["rows"]]
    return out + ["</div><p>The same as figures; above and ratio are to native.</p>",
                  table(["program", "engine", "wall", "median", "CPU", "median", "wall above",
                         "CPU above", "wall ratio", "CPU ratio", "peak MB"], rows, left=2)]


def load(data, classes):
    out = ["<h2>Large modules</h2>",
           "<p>MB of module per second of CPU time, geometric means over the modules. More is "
           "better. Compile is everything from bytes to code; generate is its second step, where "
           'validation is a step of its own.</p><div class="panels">']
    for field, title in (("validate_mb_s", "validate"), ("generate_mb_s", "generate"),
                         ("compile_mb_s", "compile")):
        out.append(panel(f"{title}, MB/s", [(engine, mean[field], classes[engine])
                                            for engine, mean in data["means"].items()
                                            if mean[field]]))
    rows = [[row["module"], number(data["modules"][row["module"]]["bytes"] / 1e6),
             number(data["modules"][row["module"]]["code_bytes"] / 1e6), row["engine"]] +
            [number(row[field], 1) for field in
             ("validate_mb_s", "generate_mb_s", "compile_mb_s", "rss_mb")] for row in data["rows"]]
    return out + ["</div><p>Each module:</p>",
                  table(["module", "MB", "of it code", "engine", "validate", "generate", "compile",
                         "peak MB"], rows)]


def remarks(record):
    out, absent, failed = [], notes(record) + absences(record), failures(record)
    if failed:
        out += ["<h2>Failures</h2><ul>", *(f'<li class="bad">{text(line)}</li>'
                                           for line in failed), "</ul>"]
    if absent:
        out += ["<h2>Notes, and what was not measured</h2><ul>",
                *(f"<li>{text(line)}</li>" for line in absent), "</ul>"]
    return out


def render(record):
    """The whole page."""
    classes, sheet = styles(record["engines"])
    engines, figures = list(record["engines"]), record["figures"]
    out = ["<!doctype html><html lang=en><head><meta charset=utf-8>"
           '<meta name=viewport content="width=device-width"><title>wx benchmarks</title>'
           f"<style>{sheet}</style></head><body><h1>wx benchmarks</h1>", *intro(record)]
    if "steady" in figures:
        out += steady(figures["steady"], engines, classes)
    if "short" in figures:
        out += short(figures["short"], classes)
    if "load" in figures:
        out += load(figures["load"], classes)
    return "\n".join([*out, *remarks(record), "</body></html>\n"])
