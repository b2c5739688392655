"""Ports that no other process of the tests draws, even before somebody listens there."""

import fcntl
import random
import tempfile
from dataclasses import asdict
from pathlib import Path

from deploy.local.ports import Ports, is_free

WIDTH = 40
"""How many ports a layout spans; the broker's stand `BROKER` above."""
BROKER = 1080
_LOCK_FILES: list[object] = []
"""Locks that are held as long as this process lives."""


def reserve_ports() -> Ports:
    """A layout of which every port is free and reserved for this process."""
    for base in random.sample(range(10_000, 30_000, WIDTH), k=400):
        if not (_lock(base) and _lock(base + BROKER)):
            continue
        ports = Ports.from_base(base)
        if all(is_free(port) for port in asdict(ports).values()):
            return ports
    raise OSError("no free range of ports between 10000 and 31119")


def _lock(base: int) -> bool:
    folder = Path(tempfile.gettempdir()) / "attesta-test-ports"
    folder.mkdir(exist_ok=True)
    lock_file = (folder / str(base)).open("w")
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock_file.close()
        return False
    _LOCK_FILES.append(lock_file)
    return True
