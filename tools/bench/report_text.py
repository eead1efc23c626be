"""report_text.py - the figures as text for a terminal."""

MEANS = (("kernel_best", "kernel, best"), ("kernel_common", "the same, run by all"),
         ("kernel_median", "kernel, median"),
         ("first_kernel", "first kernel"), ("process_cpu", "process, CPU"),
         ("process_wall", "process, wall"))


def number(value, digits=2):
    return "-" if value is None else f"{value:.{digits}f}"


def table(header, rows):
    """Columns as wide as they need; the first is flush left."""
    rows = [list(map(str, row)) for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                      for i, (cell, width) in enumerate(zip(row, widths))) for row in rows]


def steady(data, engines):
    ratios, reference = data["ratios"]["kernel_best"], engines[0]
    rows = []
    for program in data["programs"]:
        base = data["summary"][program].get(reference, {}).get("best_ns", {}).get("best")
        rows.append([program, number(base / 1e6 if base else None, 3)] +
                    [number(ratios.get(program, {}).get(engine)) for engine in engines[1:]])
    lines = [f"Steady state: best kernel, {reference} = 1", ""]
    lines += table(["program", "ms", *engines[1:]], rows)
    lines += ["", f"Geometric means, {reference} = 1 (in brackets: of how many programs)", ""]
    return lines + table(["", *engines[1:]], [mean_row(data, *mean, engines) for mean in MEANS])


def mean_row(data, name, title, engines):
    means = data["means"][name]
    return [title] + [f"{means[engine]['geomean']:.2f} ({means[engine]['programs']})"
                      if engine in means else "-" for engine in engines[1:]]


def short(data):
    rows = [[row["program"], row["engine"], number(row["wall_ms"]), number(row["cpu_ms"]),
             number(row.get("wall_above_ms")), number(row.get("cpu_above_ms")),
             number(row.get("wall_ratio")), number(row.get("cpu_ratio")),
             number(row["rss_mb"], 1)] for row in data["rows"]]
    return ["Short runs: whole processes, best; above and ratio are to native", ""] + table(
        ["program", "engine", "wall ms", "CPU ms", "wall above", "CPU above", "wall ratio",
         "CPU ratio", "peak MB"], rows)


def load(data):
    lines = ["Large modules: MB of module per second of CPU time; compile is from bytes to code,",
             "generate its second step where validation is a step of its own", ""]
    rows = [[row["module"], number(data["modules"][row["module"]]["bytes"] / 1e6), row["engine"],
             *(number(row[field], 1) for field in
               ("validate_mb_s", "generate_mb_s", "compile_mb_s", "rss_mb"))]
            for row in data["rows"]]
    rows += [["geometric mean", "", engine, *(number(mean[field], 1) for field in
              ("validate_mb_s", "generate_mb_s", "compile_mb_s")), ""]
             for engine, mean in data["means"].items()]
    return lines + table(["module", "MB", "engine", "validate", "generate", "compile", "peak MB"],
                         rows)


def absences(record):
    lines = [f"not on this machine: engine {name} ({program})"
             for name, program in record["missing_engines"].items()]
    return lines + [f"not fetched: {name}" for name in record["missing_programs"]]


def notes(record):
    """What is special about engines: from the table, and clocks that are not the thread's."""
    lines = [f"note: {name}: {engine['note']}" for name, engine in record["engines"].items()
             if engine["note"]]
    clocks = record["figures"].get("steady", {}).get("clocks", {})
    return lines + [f"note: {name}: kernels are timed by the clock {', '.join(used)}"
                    for name, used in clocks.items() if used not in ([], ["thread"])]


def failures(record):
    return [f"{'error' if row['ours'] or row['wrong'] else 'failure'}: {row['scenario']}: "
            f"{row['program']} in {row['engine']}: {row['why']}" for row in record["failures"]]


def render(record):
    """The whole report."""
    engines = list(record["engines"])
    figures = record["figures"]
    parts = []
    if "steady" in figures:
        parts.append(steady(figures["steady"], engines))
    if "short" in figures:
        parts.append(short(figures["short"]))
    if "load" in figures:
        parts.append(load(figures["load"]))
    parts += [lines for lines in (notes(record), absences(record), failures(record)) if lines]
    return "\n\n".join("\n".join(lines) for lines in parts)
