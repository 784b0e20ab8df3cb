"""Runs the cases of the network: real servers on loopback, real TLS, a real proxy.

usage: run.py --probe PROGRAM --clock SHIM --work FOLDER [PART…]   a part is a part of cases' names. The last line is
`network: N passed, N failed`. OPT_REQUIRE_ALL=1: a program that is missing is a failure, not a reason to skip.
"""
import argparse
import contextlib
import os
import shutil
import sys
import time
import traceback

import odp
import polling
import trust
from certificates import Authority
from harness import CASES, Failure, Probe, datafile, expect
from servers import Server, tls_context


class Run:
    """What one case has: a folder of its own, and what is to be stopped after it."""
    authorities = {}
    clock = None

    def __init__(self, work, number):
        self.work, self.stack = os.path.join(work, f"{number:02}"), contextlib.ExitStack()
        self.root = work

    def folder(self, name):
        path = os.path.join(self.work, name)
        os.makedirs(path, exist_ok=True)
        return path

    def keep(self, server):
        self.stack.callback(server.stop)
        return server

    def server(self, answer, context=None):
        return self.keep(Server(answer, context))

    def probe(self, *arguments, environment=None):
        probe = Probe(*arguments, environment=environment)
        self.stack.callback(probe.kill)
        return probe

    def authority(self):
        """The one that all cases trust."""
        if self.root not in Run.authorities:
            Run.authorities[self.root] = Authority(self.root)
        return Run.authorities[self.root]

    def certificate(self):
        """TLS of a server that is as it should be."""
        return tls_context(self.authority().issue("good"))

    def datafile(self):
        path = os.path.join(self.folder("files"), "given.json")
        with open(path, "wb") as out:
            out.write(datafile("0"))
        return path

    def until(self, holds, what, seconds=20):
        end = time.monotonic() + seconds
        while not holds():
            expect(time.monotonic() < end, f"not within {seconds} s: {what}")
            time.sleep(0.01)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--probe", required=True)
    parser.add_argument("--clock", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("parts", nargs="*")
    options = parser.parse_args()
    Probe.program = options.probe
    Run.clock = os.path.abspath(options.clock)
    shutil.rmtree(options.work, ignore_errors=True)
    os.makedirs(options.work)
    passed = failed = 0
    missing = sorted({name for module in (odp, polling, trust) for name in module.needed()})
    if missing:
        print(f"missing: {', '.join(missing)}")
        failed += len(missing) if os.environ.get("OPT_REQUIRE_ALL") == "1" else 0
    for number, (name, function) in enumerate(CASES):
        if options.parts and not any(part in name for part in options.parts):
            continue
        run = Run(os.path.abspath(options.work), number)
        began = time.monotonic()
        try:
            with run.stack:
                function(run)
            passed += 1
            print(f"ok {name} ({time.monotonic() - began:.1f} s)", flush=True)
        except FileNotFoundError as error:
            if not missing:
                raise
            print(f"skipped {name}: {error}", flush=True)
        except Failure as failure:
            failed += 1
            print(f"FAILED {name}: {failure}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"FAILED {name}: {traceback.format_exc()}", flush=True)
    print(f"network: {passed} passed, {failed} failed")
    sys.exit(0 if passed and not failed else 1)


main()
