"""Servers on loopback: HTTP and HTTPS that answer as a test says, raw ones that lie, nginx and tinyproxy."""
import http.server
import json
import os
import socket
import ssl
import subprocess
import threading
import time


class Request:
    """What a server was asked."""

    def __init__(self, method, path, headers, body):
        self.method, self.path, self.body = method, path, body
        # Names of headers have no case.
        self.headers = {name.lower(): value for name, value in headers.items()}

    def json(self):
        return json.loads(self.body)


class Server:
    """Answers each request by `answer(request)`: a status, headers and a body; keeps what it was asked."""

    def __init__(self, answer, context=None):
        self.answer, self.requests = answer, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                request = Request(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
                outer.requests.append(request)
                status, headers, body = outer.answer(request)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers and status not in (204, 304):
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = handle_any

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def get_request(self):
                connection, address = super().get_request()
                connection.settimeout(10)
                return connection, address

            def finish_request(self, request, client_address):
                # The handshake is made on the connection's own thread, so that one that stalls holds nobody up.
                if context:
                    request = context.wrap_socket(request, server_side=True)
                super().finish_request(request, client_address)

            def handle_error(self, *_):
                pass

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.scheme = "https" if context else "http"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path="", host="127.0.0.1"):
        return f"{self.scheme}://{host}:{self.port}{path}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class RawServer:
    """Gives each connection to `talk(socket)`."""

    def __init__(self, talk):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.received = []
        threading.Thread(target=self.accept, args=(talk,), daemon=True).start()

    def accept(self, talk):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(talk, connection), daemon=True).start()

    def serve(self, talk, connection):
        with connection:
            connection.settimeout(10)
            try:
                talk(connection)
            except OSError:
                pass

    def url(self, path="", scheme="http"):
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def stop(self):
        self.listener.close()


def read_request(connection):
    """The head of a request and what of its body came with it."""
    head = b""
    while b"\r\n\r\n" not in head:
        more = connection.recv(65536)
        if not more:
            break
        head += more
    return head


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def until_listening(port, process):
    for _ in range(500):
        if process.poll() is not None:
            raise RuntimeError(f"it ended with status {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("nothing listens")


class Nginx:
    """nginx with the files of a folder, over TLS if it is given a certificate."""

    def __init__(self, work, files, certificate=None):
        self.port = free_port()
        os.makedirs(work, exist_ok=True)
        tls = f"ssl_certificate {certificate.chain}; ssl_certificate_key {certificate.key};" if certificate else ""
        config = os.path.join(work, "nginx.conf")
        with open(config, "w", encoding="utf-8") as out:
            out.write(f"""daemon off; pid {work}/pid; error_log {work}/error.log; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  log_format asked '$status $http_if_none_match'; access_log {work}/access.log asked;
  client_body_temp_path {work}/b; proxy_temp_path {work}/p; fastcgi_temp_path {work}/f; uwsgi_temp_path {work}/u;
  scgi_temp_path {work}/s;
  types {{ application/json json; }}
  server {{ listen 127.0.0.1:{self.port}{' ssl' if certificate else ''}; {tls} root {files}; gzip on; gzip_types application/json; }}
}}
""")
        self.scheme = "https" if certificate else "http"
        self.process = subprocess.Popen(["nginx", "-c", config, "-p", work], stderr=subprocess.DEVNULL)
        self.access_log = os.path.join(work, "access.log")
        until_listening(self.port, self.process)

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def statuses(self):
        with open(self.access_log, encoding="utf-8") as log:
            return [line.split()[0] for line in log]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)


class Tinyproxy:
    """tinyproxy, which lets those in who know its password."""

    def __init__(self, work, user="user", password="password"):
        self.port = free_port()
        os.makedirs(work, exist_ok=True)
        config = os.path.join(work, "tinyproxy.conf")
        self.log = os.path.join(work, "log")
        with open(config, "w", encoding="utf-8") as out:
            out.write(f'Port {self.port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 30\nLogFile "{self.log}"\n'
                      f'LogLevel Info\nBasicAuth {user} {password}\n')
        self.user, self.password = user, password
        self.process = subprocess.Popen(["tinyproxy", "-d", "-c", config], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        until_listening(self.port, self.process)

    def url(self, password=None):
        return f"http://{self.user}:{password or self.password}@127.0.0.1:{self.port}"

    def connects(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return sum("CONNECT" in line for line in log)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)


def tls_context(certificate, client_ca=None, oldest=None, newest=None, ciphers=None):
    """A server's TLS with a certificate, which asks clients for theirs if it knows who issues them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if ciphers:
        context.set_ciphers(ciphers)
    if oldest:
        context.minimum_version = oldest
    if newest:
        context.maximum_version = newest
    context.load_cert_chain(certificate.chain, certificate.key)
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
