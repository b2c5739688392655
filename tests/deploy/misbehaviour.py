"""Servers that do not answer, each in its own way, for the place of a service behind a gateway."""

import contextlib
import socket
import threading
from collections.abc import Iterator

from deploy.local.ports import HOST

SILENCE = b""
READY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
HEADERS_ALONE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
SHORT_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnot whole"
SHORT_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nnot whole\r\n"


@contextlib.contextmanager
def breaking_off(port: int, answer: bytes, *, stays_open: bool = False) -> Iterator[None]:
    """A server that reads a request, sends these bytes, and closes; or does not even close.

    It says that it is ready all the same.
    """
    with socket.create_server((HOST, port)) as listener:
        is_over = threading.Event()

        def answer_requests() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        is_checked = b" /health/ready " in connection.recv(65536)
                        connection.sendall(READY if is_checked else answer)
                        if stays_open:
                            is_over.wait(30)

        thread = threading.Thread(target=answer_requests)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextlib.contextmanager
def refusing_new_connections(port: int) -> Iterator[None]:
    """A server whose queue is full: who connects waits, and nobody answers."""
    with contextlib.ExitStack() as connections:
        connections.enter_context(socket.create_server((HOST, port), backlog=0))
        for _ in range(64):
            connection = connections.enter_context(socket.socket())
            connection.settimeout(0.3)
            try:
                connection.connect((HOST, port))
            except TimeoutError:
                break
        else:
            raise AssertionError("the queue of the server never was full")
        yield
