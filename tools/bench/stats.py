"""stats.py - from samples to figures: best, median, ratios to the reference, geometric means.

A sample is a dictionary: program, engine, and numbers.  Nothing here runs anything."""
import math
import statistics


def geomean(values):
    """The geometric mean of positive numbers, None of none."""
    values = list(values)
    if not values:
        return None
    return math.exp(sum(math.log(value) for value in values) / len(values))


def summarize(samples, fields):
    """{(program, engine): {field: {"best": least, "median": middle, "n": how many}}}"""
    grouped = {}
    for sample in samples:
        grouped.setdefault((sample["program"], sample["engine"]), []).append(sample)
    summary = {}
    for key, group in grouped.items():
        summary[key] = {}
        for field in fields:
            values = [sample[field] for sample in group if sample.get(field) is not None]
            if values:
                summary[key][field] = {"best": min(values), "n": len(values),
                                       "median": statistics.median(values)}
    return summary


def value_of(summary, program, engine, field, which="best"):
    """One figure of a summary, None when there is none."""
    return summary.get((program, engine), {}).get(field, {}).get(which)


def ratios(summary, field, reference, which="best"):
    """{(program, engine): figure / that of the reference engine}, where both exist."""
    table = {}
    for program, engine in summary:
        base = value_of(summary, program, reference, field, which)
        value = value_of(summary, program, engine, field, which)
        if base and value:
            table[program, engine] = value / base
    return table


def geomeans(table, engines):
    """{engine: (geometric mean, number of programs in it)} of a table of ratios."""
    means = {}
    for engine in engines:
        values = [ratio for (_, name), ratio in table.items() if name == engine]
        if values:
            means[engine] = (geomean(values), len(values))
    return means


def code_size(module):
    """The size of the code section of a binary module; ValueError when it is none."""
    if module[:4] != b"\0asm":
        raise ValueError("not a WebAssembly module")
    at = 8
    while at < len(module):
        section, size, shift = module[at], 0, 0
        at += 1
        while True:
            byte = module[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if section == 10:
            return size
        at += size
    return 0
