"""program_list.py - which benchmark programs there are, and how they are built.

What is built is kept in the cache under a name made of a hash of the commands, the sources and
the compiler's version, so that nothing is built twice and nothing stale is run."""
import hashlib
import os
import re
import shlex
import subprocess
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))


class BuildError(Exception):
    """A program that could not be built, or whose sources have not been fetched."""


def default_cache():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("WX_BENCH_CACHE") or os.path.join(base, "wx-bench")


class Program:
    """A name, the files it is compiled from, and the flags they need."""

    def __init__(self, name, sources, flags=()):
        self.name, self.sources, self.flags = name, sources, list(flags)


def harness_of(path):
    """bench.c, and the main of repeat.c unless the program has its own."""
    with open(path, encoding="utf-8") as file:
        own_main = re.search(r"^int main\(", file.read(), re.MULTILINE)
    files = ["bench.c"] if own_main else ["bench.c", "repeat.c"]
    return [os.path.join(HERE, "common", name) for name in files]


def own_programs():
    folder = os.path.join(HERE, "programs")
    paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    return [Program(os.path.basename(path)[:-2], [path, *harness_of(path)])
            for path in paths if path.endswith(".c")]


def real_programs(cache):
    """Those of the source packages that are in the cache, and the names of the others."""
    real, missing = os.path.join(HERE, "real"), []
    found = []
    with open(os.path.join(real, "programs.toml"), "rb") as file:
        recipes = tomllib.load(file)
    for name, recipe in recipes.items():
        folder = os.path.join(cache, "sources", recipe["folder"])
        if not os.path.isdir(folder):
            missing.append(name)
            continue
        driver = os.path.join(real, f"{name}.c")
        sources = [driver, *harness_of(driver)]
        sources += [os.path.join(folder, source) for source in recipe["sources"]]
        flags = [*recipe["flags"], f"-I{real}/include", f"-I{folder}"]
        found.append(Program(name, sources, flags))
    return found, missing


def trivial():
    return Program("trivial", [os.path.join(HERE, "trivial.c")])


def fingerprint(command, version, sources):
    """A hash of the command and of what it reads, but for the headers of fetched sources."""
    digest = hashlib.sha256("\0".join([version, *command]).encode())
    for folder, _, names in sorted(os.walk(HERE)):
        for name in sorted(names):
            if name.endswith(".h") or name.endswith(".lua"):
                with open(os.path.join(folder, name), "rb") as file:
                    digest.update(file.read())
    for source in sources:
        with open(source, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()[:16]


class Builder:
    """Builds programs with the [build] options of engines.toml into a cache."""

    def __init__(self, options, cache):
        self.options, self.folder = options, os.path.join(cache, "built")
        self.compiler = options.get("compiler", "clang")
        self.version = self._run([self.compiler, "--version"], "the compiler")
        os.makedirs(self.folder, exist_ok=True)

    def native(self, program, flags):
        return self._compile(program, shlex.split(self.options.get("native", "")) +
                             shlex.split(flags), "")

    def wasm(self, program):
        return self._compile(program, shlex.split(self.options.get("wasm", "")), ".wasm")

    def launcher(self):
        return self._compile(Program("launch", [os.path.join(HERE, "launch.c")]), ["-O2"], "")

    def _compile(self, program, flags, suffix):
        command = [self.compiler, *shlex.split(self.options.get("common", "")),
                   f"-I{HERE}/common", *program.flags, *flags, *program.sources, "-lm"]
        mark = fingerprint(command, self.version, program.sources)
        path = os.path.join(self.folder, f"{program.name}-{mark}{suffix}")
        if not os.path.exists(path):
            self._run([*command, "-o", path + ".part"], program.name)
            os.replace(path + ".part", path)
        return path

    @staticmethod
    def _run(command, what):
        """What the command prints; BuildError when it fails."""
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise BuildError(f"{what}: {error}") from error
        if done.returncode != 0:
            raise BuildError(f"{what}: {shlex.join(command)}\n{done.stderr.strip()}")
        return done.stdout
