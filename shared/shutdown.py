"""How a process ends: SIGTERM or SIGINT begins it, and the kernel's alarm ends what hangs."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any

import uvicorn

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
ANSWERS_SHARE = 0.7
"""This part of the limit is for answers that are being given, the rest for closing."""


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


def limit_server(limit_seconds: float, action: Callable[[], None]) -> None:
    """Ends the server of this process within the limit; `action` as at `call_at_stop`.

    However it was started: by itself it waits for whoever uploads or reads slowly, for ever.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    if isinstance(server, uvicorn.Server):
        # Typed as whole seconds; `asyncio.wait_for` takes it.
        server.config.timeout_graceful_shutdown = limit_seconds * ANSWERS_SHARE  # type: ignore[assignment]
        call_at_stop(action, limit_seconds)
