"""engines.py - reads engines.toml: which engines there are, and the command of each for a job."""
import re
import shlex
import shutil
import tomllib

KNOWN = {"family", "ours", "build", "run", "load", "compile", "version", "note"}


class ConfigError(Exception):
    """What is wrong with the file, and where."""


def expand(template, values):
    """The words of a command.  A placeholder may stand for several words ({args} does)."""
    words = []
    for word in shlex.split(template):
        names = re.findall(r"\{([\w-]+)\}", word)
        for name in names:
            if name not in values:
                raise ConfigError(f"{template!r}: unknown or unset placeholder {{{name}}}")
        if names and word == "{%s}" % names[0] and isinstance(values[names[0]], (list, tuple)):
            words += [str(value) for value in values[names[0]]]
        else:
            words.append(re.sub(r"\{([\w-]+)\}", lambda match: str(values[match[1]]), word))
    return words


class Engine:
    """One row of the file."""

    def __init__(self, name, row):
        unknown = set(row) - KNOWN
        if unknown:
            raise ConfigError(f"engine {name}: unknown key {', '.join(sorted(unknown))}")
        if "run" not in row or "family" not in row:
            raise ConfigError(f"engine {name}: it needs a family and a command to run")
        self.name, self.row = name, row
        self.family, self.ours = row["family"], row.get("ours", False)
        self.native = "build" in row

    def has(self, job):
        return job in self.row

    def command(self, job, values):
        return expand(self.row[job], values)

    def program(self, values):
        """The program that must be there; None for a native engine, whose program is built."""
        if self.native:
            return None
        everything = {"wasm": "", "args": [], "native": "", **values}
        words = expand(self.row["run"], everything)
        return next(word for word in words if word != "env" and "=" not in word)


def read(path):
    """The build options, and the engines in the order of the file."""
    with open(path, "rb") as file:
        try:
            config = tomllib.load(file)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: {error}") from error
    engines = [Engine(name, row) for name, row in config.get("engine", {}).items()]
    if not engines or not engines[0].native:
        raise ConfigError(f"{path}: the first engine must be a native one, the reference")
    return config.get("build", {}), engines


def split_found(engines, values, which=shutil.which):
    """The engines that are here, and the names of those that are not with the program missed."""
    found, missing = [], {}
    for engine in engines:
        program = engine.program(values)
        if program is None or which(program):
            found.append(engine)
        else:
            missing[engine.name] = program
    return found, missing


def select(engines, names):
    """The engines of these names, with the reference always first; ConfigError on others."""
    if not names:
        return engines
    known = {engine.name for engine in engines}
    for name in names:
        if name not in known:
            raise ConfigError(f"no engine {name}; there are {', '.join(sorted(known))}")
    return [engine for number, engine in enumerate(engines)
            if number == 0 or engine.name in names]
