"""The image of the release after this one: `python -m tests.containers.next_image NAME:TAG`."""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.containers.composition import read_stand_ins, run_command
from tests.docs.pages import ROOT
from tests.faults.upgrade.releases import make_next_release

BUILT_BESIDE = ("requirements-runtime.lock", "requirements-trial.lock", ".dockerignore")


def build_next_image(folder: Path, image: str) -> None:
    """Builds it in this folder, on the base of the stand-ins, under this name and tag."""
    release = make_next_release(folder / "next")
    for name in BUILT_BESIDE:
        shutil.copy2(ROOT / name, release / name)
    run_command(
        *("docker", "build", "--file", str(release / "deploy" / "image" / "Dockerfile")),
        *("--target", "platform", "--tag", image),
        *("--build-arg", f"BASE={read_stand_ins()['ATTESTA_PYTHON_IMAGE']}"),
        str(release),
    )


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        build_next_image(Path(name), sys.argv[1])
