"""A proxy in front of the API server in which things go wrong."""

import http.client
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from api import PORT

PROXY_PORT = 26444


class Proxy:
    """Plain HTTP in, HTTPS out. `trouble` gets the path of each request and how often it came before, and gives a fault."""

    def __init__(self, ca: Path, trouble=lambda path, before: None):
        self.trouble = trouble
        self.seen: dict[str, int] = {}
        self.statuses: list[int] = []
        self.lock = threading.Lock()
        proxy, tls = self, ssl.create_default_context(cafile=str(ca))

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # noqa: N802: the name is the library's
                proxy.answer(self, tls)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", PROXY_PORT), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler, tls) -> None:
        with self.lock:
            before = self.seen.get(handler.path, 0)
            self.seen[handler.path] = before + 1
        fault = self.trouble(handler.path, before)
        if isinstance(fault, tuple) and fault[0] == "status":
            return self.send(handler, fault[1], {"Content-Type": "application/json"} | fault[2], b'{"kind":"Status","message":"made up"}')
        if isinstance(fault, tuple) and fault[0] == "body":
            return self.send(handler, 200, {"Content-Type": fault[1]}, fault[2])
        try:
            status, headers, body = self.forward(handler, tls)
        except OSError:
            # The API server is away: so is this.
            handler.close_connection = True
            return None
        with self.lock:
            self.statuses.append(status)
        if fault == "slow":
            time.sleep(1)
        return self.send(handler, status, headers, body, len(body) // 2 if fault == "cut" else None)

    def forward(self, handler: BaseHTTPRequestHandler, tls):
        connection = http.client.HTTPSConnection("127.0.0.1", PORT, context=tls, timeout=60)
        try:
            kept = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", "connection")}
            connection.request("GET", handler.path, headers=kept)
            answer = connection.getresponse()
            names = ("Content-Type", "Content-Encoding", "Retry-After")
            return answer.status, {name: answer.headers[name] for name in names if name in answer.headers}, answer.read()
        finally:
            connection.close()

    def send(self, handler: BaseHTTPRequestHandler, status: int, headers: dict, body: bytes, sent: int | None = None) -> None:
        try:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body[:sent])
        except OSError:
            handler.close_connection = True
        if sent is not None:
            handler.close_connection = True
