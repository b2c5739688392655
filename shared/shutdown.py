"""How a process ends: SIGTERM or SIGINT begins it, and the kernel's alarm ends what hangs."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import FrameType
from typing import Any

import uvicorn

from shared.listener import refuse_new_connections

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
ANSWERS_SHARE = 0.7
"""This part of the limit is for answers that are being given, the rest for closing."""
SETTLING_SECONDS = 0.5
"""So long before the listener is closed nobody new is let in: whoever was has sent a request."""


def call_at_stop(action: Callable[[], None], limit_seconds: float | None = None) -> None:
    """Calls `action` in the running loop when the process is told to stop.

    With a limit the process is over after so many seconds, whatever hangs by then: a client, the
    loop itself, a library at its end. The alarm is the kernel's, and SIGALRM is not handled.
    Whoever handled the signals before goes on to do so. Only a main thread gets signals.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        previous_handler = signal.getsignal(number)

        def handle_signal(
            number: int, frame: FrameType | None, previous_handler: object = previous_handler
        ) -> None:
            if limit_seconds is not None and not signal.getitimer(signal.ITIMER_REAL)[0]:
                signal.setitimer(signal.ITIMER_REAL, limit_seconds)
            if not loop.is_closed():
                loop.call_soon_threadsafe(action)
            if callable(previous_handler) and previous_handler is not signal.default_int_handler:
                previous_handler(number, frame)

        signal.signal(number, handle_signal)


async def run_to_end(work: Coroutine[Any, Any, None]) -> None:
    """Runs work that is finished even when its caller is cancelled, before the caller ends.

    For what others would see twice, such as a letter; its time is limited by itself.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


@dataclass(frozen=True, slots=True)
class ServerEnd:
    """How the server of a process ends after SIGTERM, and what is called on the way.

    For `drain_seconds` it answers as before, while `announce` has told whoever sends requests to
    send them elsewhere: readiness falls, and each answer ends its connection. Then nobody new is
    let in, `finish` tells those who wait for news, and what is being answered is ended. All of it
    takes `limit_seconds` at most. SIGINT, or a second SIGTERM, leaves the first part out.
    """

    drain_seconds: float
    limit_seconds: float
    announce: Callable[[], None]
    finish: Callable[[], None]

    def apply(self) -> None:
        """Holds the server of this process to it, however it was started.

        By itself it would end at once for whoever is about to send it a request, and never for
        whoever uploads or reads slowly.
        """
        server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
        if not isinstance(server, uvicorn.Server):
            return
        answers_seconds = (self.limit_seconds - self.drain_seconds) * ANSWERS_SHARE
        # Typed as whole seconds; `asyncio.wait_for` takes it.
        server.config.timeout_graceful_shutdown = answers_seconds  # type: ignore[assignment]
        call_at_stop(self.finish, self.limit_seconds)
        if self.drain_seconds and threading.current_thread() is threading.main_thread():
            self._put_off_stop(server)

    def _put_off_stop(self, server: uvicorn.Server) -> None:
        """Lets what SIGTERM does begin with the drain; sent again, it does at once what it did."""
        loop, stop = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
        assert callable(stop)
        drains: list[asyncio.Task[None]] = []

        async def drain() -> None:
            self.announce()
            _end_connections_with_answers(server)
            settling_seconds = min(SETTLING_SECONDS, self.drain_seconds)
            await asyncio.sleep(self.drain_seconds - settling_seconds)
            for listener in server.servers:
                for listening_socket in listener.sockets:
                    refuse_new_connections(listening_socket.fileno())
            await asyncio.sleep(settling_seconds)
            stop(signal.SIGTERM, None)

        def handle_signal(number: int, frame: FrameType | None) -> None:
            if signal.getitimer(signal.ITIMER_REAL)[0]:
                stop(number, frame)
                return
            signal.setitimer(signal.ITIMER_REAL, self.limit_seconds)
            loop.call_soon_threadsafe(lambda: drains.append(loop.create_task(drain())))

        signal.signal(signal.SIGTERM, handle_signal)


def _end_connections_with_answers(server: uvicorn.Server) -> None:
    """Says `Connection: close` in each answer: nobody sends a request that meets the end."""
    server.config.encoded_headers.append((b"connection", b"close"))
    server.server_state.default_headers.append((b"connection", b"close"))
