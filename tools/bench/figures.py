"""figures.py - what the reports show, computed from the samples of the scenarios.

The result is plain data, which is also what the JSON file holds:
    steady   programs, ratios of kernel and process to the reference, means per engine; the mean
             kernel_common is over the programs that all engines could run
    short    milliseconds of whole processes, what they are above native, peak memory
    load     MB of module per second of CPU time"""
import os

import stats

STEADY_FIELDS = ("best_ns", "first_ns", "cpu_ns", "wall_ns", "rss_kb")
# name of the table, field of the samples, which value of the runs
STEADY_TABLES = (("kernel_best", "best_ns", "best"), ("kernel_median", "best_ns", "median"),
                 ("first_kernel", "first_ns", "best"), ("process_cpu", "cpu_ns", "best"),
                 ("process_cpu_median", "cpu_ns", "median"), ("process_wall", "wall_ns", "best"),
                 ("process_wall_median", "wall_ns", "median"))


def nested(table):
    """{(program, engine): x} as {program: {engine: x}}, which JSON can hold."""
    out = {}
    for (program, engine), value in table.items():
        out.setdefault(program, {})[engine] = value
    return out


def steady(results, engines):
    reference = engines[0]
    summary = stats.summarize(results.samples, STEADY_FIELDS)
    out = {"programs": list(dict.fromkeys(program for program, _ in summary)),
           "summary": nested(summary), "ratios": {}, "means": {}}
    for name, field, which in STEADY_TABLES:
        table = stats.ratios(summary, field, reference, which)
        out["ratios"][name] = nested(table)
        out["means"][name] = {engine: {"geomean": mean, "programs": count}
                              for engine, (mean, count) in stats.geomeans(table, engines).items()}
    out["clocks"] = {engine: sorted({sample["clock"] for sample in results.samples
                                     if sample["engine"] == engine}) for engine in engines}
    out["means"]["kernel_common"] = common_means(summary, engines)
    return out


def common_means(summary, engines):
    """Of the best kernels, over the programs that all engines ran which ran any."""
    table = stats.ratios(summary, "best_ns", engines[0])
    engines = [engine for engine in engines if any(name == engine for _, name in table)]
    programs = {program for program, _ in table}
    shared = {program for program in programs
              if all((program, engine) in table for engine in engines)}
    table = {key: ratio for key, ratio in table.items() if key[0] in shared}
    return {engine: {"geomean": mean, "programs": count}
            for engine, (mean, count) in stats.geomeans(table, engines).items()}


def short(results, engines):
    """Rows of one program in one engine."""
    reference, rows = engines[0], []
    summary = stats.summarize(results.samples, ("cpu_ns", "wall_ns", "rss_kb"))
    for program in dict.fromkeys(program for program, _ in summary):
        base = {field: stats.value_of(summary, program, reference, field)
                for field in ("cpu_ns", "wall_ns")}
        for engine in engines:
            if (program, engine) not in summary:
                continue
            row = {"program": program, "engine": engine}
            for field, name in (("wall_ns", "wall"), ("cpu_ns", "cpu")):
                best = stats.value_of(summary, program, engine, field)
                row[f"{name}_ms"] = best / 1e6
                row[f"{name}_median_ms"] = \
                    stats.value_of(summary, program, engine, field, "median") / 1e6
                if base[field]:
                    row[f"{name}_above_ms"] = (best - base[field]) / 1e6
                    row[f"{name}_ratio"] = best / base[field]
            row["rss_mb"] = stats.value_of(summary, program, engine, "rss_kb", "median") / 1024
            rows.append(row)
    return {"rows": rows}


def load(results, engines, modules):
    """Rows of one module in one engine, and means of the speeds per engine."""
    fields = ("validate_ns", "generate_ns", "compile_ns")
    summary = stats.summarize(results.samples, (*fields, "rss_kb"))
    sizes, rows = {}, []
    for path in modules:
        name = os.path.basename(path)[:-len(".wasm")]
        with open(path, "rb") as file:
            module = file.read()
        sizes[name] = {"bytes": len(module), "code_bytes": stats.code_size(module)}
        for engine in engines:
            if (name, engine) not in summary:
                continue
            row = {"module": name, "engine": engine}
            for field in fields:
                best = stats.value_of(summary, name, engine, field)
                row[field.replace("_ns", "_mb_s")] = len(module) / 1e6 / (best / 1e9) if best \
                    else None
            row["rss_mb"] = stats.value_of(summary, name, engine, "rss_kb", "median") / 1024
            rows.append(row)
    return {"modules": sizes, "rows": rows, "means": load_means(rows, engines)}


def load_means(rows, engines):
    means = {}
    for engine in engines:
        mine = [row for row in rows if row["engine"] == engine]
        means[engine] = {field: stats.geomean(row[field] for row in mine if row[field])
                         for field in ("validate_mb_s", "generate_mb_s", "compile_mb_s")}
    return {engine: mean for engine, mean in means.items() if any(mean.values())}
