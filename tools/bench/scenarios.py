"""scenarios.py - the three measurements: steady state, short runs, loading of large modules.

Each goes round by round over all programs and, within a program, over all engines in turn; a
disturbance of the machine thereby meets all engines alike."""
import os

import measure
from measure import Failure, Results

LONG_KERNEL_NS = 10_000_000  # of the short run of a large module


def say(options, text):
    if not options.quiet:
        print(text, flush=True)


class Built:
    """The commands of every program in every engine, with what had to be built for them."""

    def __init__(self, builder, engines, values):
        self.builder, self.engines, self.values = builder, engines, values

    def prepare(self, programs):
        for program in programs:
            self.builder.wasm(program)
            for engine in self.engines:
                if engine.native:
                    self.builder.native(program, engine.row["build"])

    def command(self, engine, program, args):
        values = {**self.values, "args": args}
        if engine.native:
            values["native"] = self.builder.native(program, engine.row["build"])
        else:
            values["wasm"] = self.builder.wasm(program)
        return engine.command("run", values)


def attempt(results, program, engine, action):
    """Adds what the action measures, or the failure."""
    try:
        results.add(program, engine, action())
    except Failure as failure:
        results.fail(program, engine, str(failure))


def reps_for(runner, built, program, nanoseconds):
    """How often the kernel must be repeated for about that much native work."""
    try:
        sample = measure.run_program(runner, built.command(built.engines[0], program, ["3"]))
    except Failure:
        return 3
    return max(1, round(nanoseconds / max(sample["best_ns"], 1)))


def steady(runner, built, programs, options):
    """Every program in every engine, long enough to settle."""
    results = Results()
    reps = {program.name: 3 if options.quick else
            reps_for(runner, built, program, options.time * 1e6) for program in programs}
    for number in range(options.runs):
        say(options, f"steady state: round {number + 1} of {options.runs}")
        for program in programs:
            for engine in measure.rotated(built.engines, number):
                command = built.command(engine, program, [str(reps[program.name])])
                attempt(results, program.name, engine,
                        lambda c=command: measure.run_program(runner, c))
    return results


def short(runner, built, programs, options):
    """Whole processes: a trivial module, a small program, a large one with little work."""
    results = Results()
    rounds = 1 if options.quick else 3 * options.runs
    reps = {}
    for program in programs:
        if program.name == "sqlite":
            reps[program.name] = reps_for(runner, built, program, LONG_KERNEL_NS)
    for number in range(rounds):
        say(options, f"short runs: round {number + 1} of {rounds}")
        for program in programs:
            silent = program.name == "trivial"
            args = [] if silent else [str(reps.get(program.name, 1))]
            run = measure.run_silent if silent else measure.run_program
            for engine in measure.rotated(built.engines, number):
                command = built.command(engine, program, args)
                attempt(results, program.name, engine, lambda c=command, r=run: r(runner, c))
    return results


def load_sample(runner, built, engine, module, trivial):
    """CPU time of the steps from the bytes of a module to its code."""
    if engine.has("load"):
        cost, text = runner.run(engine.command("load", {**built.values, "wasm": module}))
        sample = measure.read_report(text, ("validate_ns", "compile_ns"))
        try:
            sample.update(measure.read_report(text, ("generate_ns",)))
        except Failure:
            sample["generate_ns"] = None
        return {**cost, **sample}
    cost = measure.run_silent(runner, engine.command("compile", {**built.values, "wasm": module}))
    least = measure.run_silent(runner, engine.command("compile", {**built.values, "wasm": trivial}))
    return {**cost, "compile_ns": max(cost["cpu_ns"] - least["cpu_ns"], 1)}


def load(runner, built, modules, trivial, options):
    """Every large module in every engine that can compile all of it at once."""
    results = Results()
    engines = [engine for engine in built.engines if engine.has("load") or engine.has("compile")]
    for number in range(options.runs):
        say(options, f"large modules: round {number + 1} of {options.runs}")
        for path in modules:
            for engine in measure.rotated(engines, number):
                attempt(results, os.path.basename(path)[:-len(".wasm")], engine,
                        lambda p=path, e=engine: load_sample(runner, built, e, p, trivial))
    return results
