"""A web server for tests: a folder's files with ranges and marks, and what servers do wrong."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.support.processes import free_port


class Web:
    """What was asked of it (method, path, Range), and how it fails.

    The next `breaks` answers stop after half of their bytes; the next `away` are 503. `slow` seconds pass between
    blocks of 64 KiB. `pages`: HTML by path. `plain`: it knows neither HEAD nor ranges nor marks.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.url = folder, f"http://127.0.0.1:{port}"
        self.asked: list[tuple[str, str, str]] = []
        self.breaks, self.away, self.slow, self.plain = 0, 0, 0.0, False
        self.pages: dict[str, str] = {}

    def got(self) -> list[str]:
        """Paths that were read."""
        return [path for method, path, _ in self.asked if method == "GET"]


@contextmanager
def web(folder: Path) -> Iterator[Web]:
    """A running server."""
    served = Web(folder, port := free_port())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            wanted = self.headers.get("Range", "")
            served.asked.append((self.command, self.path, wanted))
            file = served.folder / path.strip("/")
            if served.away:
                served.away -= 1
                return self._plain(503, b"")
            if not body and served.plain:
                return self._plain(501, b"")
            if path in served.pages:
                return self._plain(200, served.pages[path].encode() * body)
            if not file.is_file():
                return self._plain(404, b"")
            content = file.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()}"'
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and not served.plain else 0
            if start and self.headers.get("If-Range") not in (None, tag):
                start = 0
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            if not served.plain:
                self.send_header("ETag", tag)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            if body:
                self._send(content[start:])

        def _send(self, content: bytes) -> None:
            end = len(content)
            if served.breaks:
                served.breaks -= 1
                end //= 2
                self.close_connection = True
            for first in range(0, end, 65536):
                self.wfile.write(content[first : min(end, first + 65536)])
                time.sleep(served.slow)

        def _plain(self, code: int, content: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hung up is no news."""

    with Server(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
