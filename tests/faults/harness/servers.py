"""Servers that say what no server of the collector's kind says: bytes as a row gives them, one script a post."""
import json
import re
import socket
import struct
import threading

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


class Answer:
    """What is sent to one post, whether its events count, and what becomes of the connection afterwards: `keep`, `close`,
    `reset`, or `hang` until the server ends."""

    def __init__(self, data=OK, counts=False, then="keep", pieces=None, pause=0.0):
        self.data, self.counts, self.then, self.pieces, self.pause = data, counts, then, pieces, pause


GOOD = Answer(OK, counts=True)


class RawServer:
    """Answers the n-th post by `script(n, body)`; keeps events by uuid like the collector."""

    def __init__(self, script, before_reading=None, address="127.0.0.1", port=0):
        self.script, self.before_reading = script, before_reading
        self.lock = threading.Lock()
        self.posts = self.connections = 0
        self.first = {}
        self.count = {}
        self.conflicting = 0
        self.open = set()
        self.ended = threading.Event()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, port), family=family, backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1/events"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.ended.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.open.add(connection)
                self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            buffer = b""
            while not self.ended.is_set():
                if self.before_reading and self.before_reading(connection):
                    return
                body, buffer = self.read(connection, buffer)
                if body is None:
                    return
                with self.lock:
                    number = self.posts
                    self.posts += 1
                answer = self.script(number, body)
                if answer.counts:
                    self.receive(body)
                self.send(connection, answer)
                if answer.then == "hang":
                    self.ended.wait()
                if answer.then == "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                if answer.then != "keep":
                    return
        except OSError:
            return
        finally:
            with self.lock:
                self.open.discard(connection)
            connection.close()

    def send(self, connection, answer):
        pieces = answer.pieces if answer.pieces is not None else [answer.data]
        for piece in pieces:
            connection.sendall(piece)
            if answer.pause and self.ended.wait(answer.pause):
                return

    @staticmethod
    def read(connection, buffer):
        """One request's body, and what was read beyond it."""
        while b"\r\n\r\n" not in buffer:
            piece = connection.recv(1 << 16)
            if not piece:
                return None, b""
            buffer += piece
        head, rest = buffer.split(b"\r\n\r\n", 1)
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        wanted = int(length[1]) if length else 0
        while len(rest) < wanted:
            piece = connection.recv(1 << 16)
            if not piece:
                return None, b""
            rest += piece
        return rest[:wanted], rest[wanted:]

    def receive(self, body):
        batch = json.loads(body)
        with self.lock:
            for visitor in batch["visitors"]:
                for snapshot in visitor["snapshots"]:
                    for event in snapshot["events"]:
                        seen = (visitor["visitor_id"], json.dumps([visitor.get("attributes"), event], sort_keys=True))
                        self.conflicting += self.first.setdefault(event["uuid"], seen) != seen
                        self.count[event["uuid"]] = self.count.get(event["uuid"], 0) + 1

    def events(self):
        with self.lock:
            return [(visitor, uuid, self.count[uuid]) for uuid, (visitor, _) in self.first.items()]

    def stats(self):
        return {"conflicting": self.conflicting, "posts": self.posts, "unique": len(self.first)}

    def stop(self):
        self.ended.set()
        with self.lock:
            still = list(self.open)
        for connection in [self.listener, *still]:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.listener.close()
