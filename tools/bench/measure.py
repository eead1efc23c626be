"""measure.py - runs commands through launch and reads what they print.

Nothing is dropped: a run either gives a sample or a failure, and both are kept."""
import os
import re
import subprocess
import tempfile

KERNEL = ("reps", "first_ns", "best_ns", "total_ns")


class Failure(Exception):
    """A run that gave no sample, in a few words."""


def read_report(text, numbers, words=()):
    """The `name value` lines of a program's output; Failure when one is missing."""
    found = dict(re.findall(r"^(\w+) (\S+)$", text, re.MULTILINE))
    for name in (*numbers, *words):
        if name not in found:
            raise Failure(f"its output has no line '{name} ...'")
    try:
        return {**{name: int(found[name]) for name in numbers},
                **{name: found[name] for name in words}}
    except ValueError as error:
        raise Failure(f"its output has a line that is no number: {error}") from error


def read_launch(text):
    """What launch printed; Failure when the command did not exit with 0."""
    how, code, *rest = text.split()
    cost = dict(zip(rest[::2], map(int, rest[1::2])))
    if how == "timeout":
        raise Failure(f"stopped after {cost['wall_ns'] / 1e9:.0f} s")
    if how == "signal":
        raise Failure(f"ended by signal {code}")
    if code != "0":
        raise Failure(f"exit code {code}")
    return cost


class Runner:
    """Runs commands one at a time."""

    def __init__(self, launcher, timeout):
        self.launcher, self.timeout = launcher, timeout
        self.folder = tempfile.TemporaryDirectory(prefix="wx-bench-")
        self.output = os.path.join(self.folder.name, "out")

    def close(self):
        self.folder.cleanup()

    def run(self, command):
        """Wall and CPU time, peak memory, and the output."""
        launch = [self.launcher, str(self.timeout), self.output, *command]
        done = subprocess.run(launch, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(done.stderr.strip() or f"launch exited with {done.returncode}")
        try:
            cost = read_launch(done.stdout)
        except Failure as failure:
            raise Failure(f"{failure}{self._last_words()}") from failure
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return cost, file.read()

    def _last_words(self):
        with open(self.output + ".err", encoding="utf-8", errors="replace") as file:
            lines = [line.strip() for line in file if line.strip()]
        telling = [line for line in lines if re.search("error|trap|fail|invalid", line, re.I)]
        return f": {(telling or lines)[0][:300]}" if lines else ""


class Results:
    """All samples of one scenario, the failures, and the checksum each program must have."""

    def __init__(self):
        self.samples, self.failures, self.checksums = [], [], {}

    def fail(self, program, engine, why, wrong=False):
        row = {"program": program, "engine": engine.name, "why": why, "wrong": wrong,
               "ours": engine.ours or engine.native}
        if row not in self.failures:
            self.failures.append(row)

    def add(self, program, engine, sample):
        """Keeps the sample unless its checksum is not the reference's, which is a failure."""
        checksum = sample.get("checksum")
        want = self.checksums.setdefault(program, checksum)
        if checksum != want:
            self.fail(program, engine, f"checksum {checksum}, want {want}", wrong=True)
            return
        self.samples.append({"program": program, "engine": engine.name, **sample})


def rotated(items, by):
    """The same items in turn, from another one each round, so that none always follows another."""
    by %= max(len(items), 1)
    return items[by:] + items[:by]


def run_program(runner, command):
    """One sample of a program that reports its kernel."""
    cost, text = runner.run(command)
    return {**cost, **read_report(text, KERNEL, ("checksum", "clock"))}


def run_silent(runner, command):
    """One sample of a program that prints nothing."""
    return runner.run(command)[0]
