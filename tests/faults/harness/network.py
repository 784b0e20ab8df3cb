"""Networks that fail: only for rows that run in a network and mount world of their own."""
import contextlib
import ctypes
import os
import pathlib
import queue
import socket
import struct
import subprocess
import threading

from harness.row import NotRun, need, sh

CLONE_NEWNET = 0x40000000


@contextlib.contextmanager
def packet_rule(*words):
    """A rule of iptables for as long as the block lasts."""
    need("iptables")
    sh("iptables", "-A", *words)
    try:
        yield
    finally:
        sh("iptables", "-D", *words)


def packets_of(chain):
    """How many packets the rules of a chain have met."""
    lines = sh("iptables", "-L", chain, "-n", "-v", "-x").splitlines()[2:]
    return sum(int(line.split()[0]) for line in lines if line.strip())


class FullQueue:
    """A listener whose queue is full: the system answers no further SYN."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1/events"
        self.waiting = []
        while True:
            one = socket.socket()
            one.settimeout(0.3)
            self.waiting.append(one)
            try:
                one.connect(("127.0.0.1", self.port))
            except TimeoutError:
                return
            if len(self.waiting) > 16:
                raise NotRun("the queue of a listener never fills")

    def stop(self):
        for one in [*self.waiting, self.listener]:
            one.close()


def bind_file(path, text, folder):
    """Puts a file of ours in place of one of the system's, in this mount world alone."""
    ours = pathlib.Path(folder) / path.strip("/").replace("/", "_")
    ours.write_text(text)
    sh("mount", "--make-rprivate", "/")
    sh("mount", "--bind", ours, path)


class DnsServer:
    """Answers queries on 127.0.0.1:53 as `behaviour` says: an address list, or servfail, nxdomain, empty, drop, garbage."""

    def __init__(self, folder, behaviour):
        self.behaviour, self.queries = behaviour, 0
        # `edns0` and a second attempt would only make the waits longer.
        bind_file("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n", folder)
        bind_file("/etc/nsswitch.conf", "hosts: files dns\n", folder)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.stream = socket.create_server(("127.0.0.1", 53))
        threading.Thread(target=self.serve, daemon=True).start()
        threading.Thread(target=self.serve_stream, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                query, peer = self.socket.recvfrom(4096)
                answer = self.answer(query)
                if answer is not None:
                    # Too long for a datagram: the asker comes again by TCP.
                    self.socket.sendto(answer if len(answer) <= 512 else query[:2] + b"\x83\x80" + query[4:6] + bytes(6)
                                       + query[12:], peer)

    def serve_stream(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.stream.accept()
                with connection, contextlib.suppress(OSError, struct.error):
                    length = struct.unpack("!H", connection.recv(2))[0]
                    answer = self.answer(connection.recv(length))
                    if answer is not None:
                        connection.sendall(struct.pack("!H", len(answer)) + answer)

    def answer(self, query):
        self.queries += 1
        behaviour = self.behaviour
        end = query.index(b"\0", 12) + 5
        kind = struct.unpack("!H", query[end - 4:end - 2])[0]
        if behaviour == "drop":
            return None
        if behaviour == "garbage":
            return query[:2] + os.urandom(60)
        code = 2 if behaviour == "servfail" else 3 if behaviour == "nxdomain" else 0
        addresses = behaviour if isinstance(behaviour, list) else []
        wanted = [address for address in addresses if (":" in address) == (kind == 28)] if kind in (1, 28) else []
        head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(wanted), 0, 0)
        body = query[12:end]
        for address in wanted:
            raw = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
            body += struct.pack("!HHHIH", 0xC00C, kind, 1, 1, len(raw)) + raw
        return head + body

    def stop(self):
        self.socket.close()
        self.stream.close()


class Elsewhere:
    """Another network world, joined to this one by a cable that can be pulled: ours is 10.7.0.1, its is 10.7.0.2."""

    ADDRESS = "10.7.0.2"

    def __init__(self):
        self.jobs = queue.Queue()
        ready = queue.Queue()
        threading.Thread(target=self.live, args=(ready,), daemon=True).start()
        thread = ready.get(timeout=10)
        if isinstance(thread, Exception):
            raise NotRun(f"no other network: {thread}")
        sh("ip", "link", "add", "cable0", "type", "veth", "peer", "name", "cable1")
        sh("ip", "link", "set", "cable1", "netns", str(thread))
        sh("ip", "addr", "add", "10.7.0.1/24", "dev", "cable0")
        sh("ip", "link", "set", "cable0", "up")
        self.do(lambda: [subprocess.run(words, check=True) for words in (
            ["ip", "addr", "add", "10.7.0.2/24", "dev", "cable1"], ["ip", "link", "set", "cable1", "up"])])

    def live(self, ready):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET) != 0:
            ready.put(OSError(ctypes.get_errno(), "unshare"))
            return
        ready.put(threading.get_native_id())
        while True:
            job, result = self.jobs.get()
            try:
                result.put((job(), None))
            except Exception as error:  # handed to who asked
                result.put((None, error))

    def do(self, job):
        """Runs a job in that world."""
        result = queue.Queue()
        self.jobs.put((job, result))
        value, error = result.get(timeout=30)
        if error:
            raise error
        return value

    @staticmethod
    def pull():
        sh("ip", "link", "set", "cable0", "down")

    @staticmethod
    def plug():
        sh("ip", "link", "set", "cable0", "up")
