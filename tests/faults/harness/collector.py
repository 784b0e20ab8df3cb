"""The Events API on loopback, as a process: started, asked, told to misbehave, killed and started again."""
import http.client
import json
import os
import pathlib
import re
import subprocess

BUILT = str(pathlib.Path(__file__).resolve().parents[3] / "target/release/opttrack-collector")
EVENT = re.compile(r'^\{"visitor_id":"([^"]*)".*?"uuid":"([^"]*)".*"count":(\d+)\}$')


class Collector:
    """`keep`: a file that outlives the process, so that the books do too."""

    def __init__(self, seed=1, port=0, keep=None):
        self.seed, self.port, self.keep = seed, port, keep
        self.process = None
        self.start()

    def start(self):
        command = [os.environ.get("OPT_COLLECTOR", BUILT), "--exit-with-stdin", "--seed", str(self.seed), "--port", str(self.port)]
        if self.keep:
            command += ["--keep", str(self.keep)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on http://"):
            raise RuntimeError(f"the collector did not start: {line!r}")
        self.port = int(line.rsplit(":", 1)[1])

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1/events"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait()
            self.process.stdout.close()

    def ask(self, method, path, body=None, timeout=120):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def stats(self):
        status, body = self.ask("GET", "/control/stats")
        if status != 200:
            raise RuntimeError(f"no stats: {status}")
        return json.loads(body)

    def faults(self, *faults):
        """Puts these in force in place of all others."""
        status, body = self.ask("PUT", "/control/faults", list(faults))
        if status != 200:
            raise RuntimeError(f"faults refused: {body!r}")

    def fired(self, kind):
        return self.stats()["faults_fired"][kind]

    def reset(self):
        self.ask("POST", "/control/reset")

    def wait(self, timeout_ms=20000, **counts):
        """Waits for `unique` or `posts`; tells whether they were reached."""
        query = "&".join(f"{key}={value}" for key, value in counts.items())
        return self.ask("GET", f"/control/wait?{query}&timeout_ms={timeout_ms}", timeout=timeout_ms / 1000 + 60)[0] == 200

    def events(self):
        """A list of (visitor id, uuid, count), one a unique event."""
        status, body = self.ask("GET", "/control/events", timeout=600)
        if status != 200:
            raise RuntimeError(f"no events: {status}")
        found = []
        for line in body.decode().splitlines():
            match = EVENT.match(line)
            if match:
                found.append((match[1], match[2], int(match[3])))
            else:
                event = json.loads(line)
                found.append((event["visitor_id"], event["uuid"], event["count"]))
        return found

    def batches(self):
        return json.loads(self.ask("GET", "/control/batches", timeout=600)[1])
