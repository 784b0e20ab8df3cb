"""Rows that are programs of their own: what they print, made anew or taken from the part of `make test` that has run them."""
import os
import pathlib
import re
import subprocess

from harness.row import Failed, Outcome

ROOT = pathlib.Path(__file__).resolve().parents[3]
# `A1: what it promises: fired 12`, and what more there is to say.
LINE = re.compile(r"([A-Z]\d+): (.*?): fired (\d+)(.*)$")


def outcome(name, text):
    """What the lines of a row say: each what it promises, how often its fault fired, and a figure."""
    found = [match for match in map(LINE.search, text.splitlines()) if match and match[1] == name]
    if not found:
        raise Failed("no line says how often the fault fired")
    # Under valgrind a program says it once more.
    said = {(match[2] + match[4]).strip(): int(match[3]) for match in found}
    text = "; ".join(said)
    # Where one of several never fired the row's fault did not.
    return Outcome(sum(said.values()) if all(said.values()) else 0, text if len(text) <= 300 else f"{text[:300]}…")


def in_c(name, programs):
    """A row of C programs, which scripts/test-c.sh builds and runs."""

    def judge(text):
        for program in programs.split():
            counts = re.findall(rf"^{program}(?: \(valgrind\))?: (\d+) passed, (\d+) failed$", text, re.M)
            if not counts or any(int(failed) or not int(passed) for passed, failed in counts):
                raise Failed(f"{program}: {counts or 'it said nothing at its end'}")
        return outcome(name, text)

    def body(run):
        environment = dict(os.environ)
        if not run.is_short:
            environment["OPT_CAMPAIGN"] = "1"
        result = subprocess.run([str(ROOT / "scripts/test-c.sh"), *programs.split()], capture_output=True, text=True, check=False,
                                env=environment)
        (run.folder / "output.log").write_text(result.stdout + result.stderr)
        run.equal(result.returncode, 0, f"exit status; {' '.join(result.stdout.strip().splitlines()[-1:])}")
        return judge(result.stdout)

    return body, judge


def in_network(cases):
    """A row of cases of tests/network, by parts of their names: real servers, real TLS, a real proxy."""

    def judge(text):
        done = []
        for each in cases:
            found = [match[1] for match in re.finditer(r"^ok (.*) \([\d.]+ s\)$", text, re.M) if each in match[1]]
            if not found or re.search(rf"^(?:FAILED|skipped) .*{re.escape(each)}", text, re.M):
                raise Failed(f"no case {each!r} has passed")
            done += found
        return Outcome(len(done), "; ".join(done))

    def body(run):
        environment = {**os.environ, "OPT_NETWORK_OUT": str(run.folder / "network")}
        result = subprocess.run([str(ROOT / "scripts/test-network.sh"), *cases], capture_output=True, text=True, check=False,
                                env=environment)
        (run.folder / "output.log").write_text(result.stdout + result.stderr)
        run.equal(result.returncode, 0, f"exit status; {' '.join(result.stdout.strip().splitlines()[-1:])}")
        return judge(result.stdout)

    return body, judge


def in_rust(name, modules):
    """A row of the Rust test faults_f, which runs once for all rows of a run; in long form optimised, as the library is."""

    def judge(text):
        # Of a log of all tests, the part of this one.
        text = text.split("Running tests/faults/f/main.rs", 1)[-1].split("     Running ", 1)[0]
        failed = [test for test in re.findall(r"^    (\w+(?:::\w+)+)$", text, re.M) if test.split("::")[0] in modules.split()]
        if failed or "test result:" not in text:
            raise Failed(f"failed: {', '.join(failed) or 'the test has no end'}")
        return outcome(name, text)

    def body(run):
        log = run.folder.parent / f"faults-f-{os.environ.get('OPT_FAULTS_RUN', '0')}.log"
        if not log.exists():
            # What ships is linked as a whole, which takes minutes and changes little here.
            form = [] if run.is_short else ["--release", "--config", 'profile.release.lto="off"', "--config",
                                            "profile.release.codegen-units=16", "--target-dir", str(run.shims / "cargo")]
            result = subprocess.run(["cargo", "test", *form, "--test", "faults_f", "--no-fail-fast", "--", "--nocapture",
                                     "--test-threads=1"], cwd=ROOT, capture_output=True, text=True, check=False)
            log.write_text(result.stderr + result.stdout)
        return judge(log.read_text())

    return body, judge
