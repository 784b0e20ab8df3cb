"""The driven program (tests/faults/drive) from the other side: a command out, an answer back."""
import json
import os
import select
import signal
import subprocess
from urllib.parse import quote_from_bytes


class Died(Exception):
    """The program ended, or does not answer."""

    def __init__(self, what, code=None):
        super().__init__(what)
        self.code = code


def word(value):
    raw = value if isinstance(value, bytes) else str(value).encode()
    return quote_from_bytes(raw, safe="/:,.-_?&") if raw else ""


class Driver:
    """`wrapper`: words before the program's own, such as strace's. `environment` is added to ours."""

    def __init__(self, program, books=None, wrapper=(), environment=None, errors=None, **popen):
        command = [*wrapper, str(program), *([str(books)] if books else [])]
        self.errors = open(errors, "ab") if errors else subprocess.DEVNULL
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
            env={**os.environ, **(environment or {})}, **popen)
        self.buffer = b""
        self.pid = self.process.pid

    def send(self, name, **words):
        line = " ".join([name, *(f"{key}={word(value)}" for key, value in words.items())])
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError as gone:
            raise Died(f"the program has ended with {self.process.wait()} before {name}", self.process.wait()) from gone

    def receive(self, timeout=120):
        while b"\n" not in self.buffer:
            answer = select.poll()
            answer.register(self.process.stdout, select.POLLIN)
            if not answer.poll(timeout * 1000):
                raise Died(f"no answer after {timeout} s")
            piece = os.read(self.process.stdout.fileno(), 1 << 20)
            if not piece:
                code = self.process.wait()
                raise Died(f"the program ended with {code}", code)
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line, strict=False)

    def call(self, name, timeout=120, **words):
        self.send(name, **words)
        return self.receive(timeout)

    def must(self, name, timeout=120, **words):
        """A call that the row only builds on."""
        answer = self.call(name, timeout, **words)
        if answer.get("status", "OPT_STATUS_OK") != "OPT_STATUS_OK":
            raise Died(f"{name}: {answer['status']}: {answer.get('message')}")
        return answer

    def stats(self):
        return self.must("stats")

    def end(self):
        """Lets the program end by itself."""
        if self.process.stdin and not self.process.stdin.closed:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
        return self.finish(60)

    def finish(self, timeout):
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Died(f"the program did not end within {timeout} s") from None
        self.release()
        return code

    def kill(self, number=signal.SIGKILL):
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait()
        self.release()

    def release(self):
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except (BrokenPipeError, ValueError):
                pass
        if self.errors is not subprocess.DEVNULL:
            self.errors.close()
