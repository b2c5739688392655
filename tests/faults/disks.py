"""Small disks to fill: file systems in memory, which only root can mount."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PIECE = b"\0" * 65536


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of so many megabytes, mounted at the folder; skips the test where that is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk needs root and the right to mount: {error}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled_disk(disk: Path, *, spared_bytes: int = 0) -> Iterator[None]:
    """Leaves so few bytes free on the disk until the block ends."""
    ballast, spare = disk / "ballast", disk / "spare"
    spare.write_bytes(b"\0" * spared_bytes)
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(PIECE) == len(PIECE):
            pass
    spare.unlink()
    try:
        yield
    finally:
        ballast.unlink()
