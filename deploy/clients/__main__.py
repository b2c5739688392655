"""Packs the clients: `python -m deploy.clients [FOLDER]`, `.local/clients` if none is named.

The folder is written anew: the packages whole in `python` and `typescript`, and in `dist` a wheel
and an archive for npm. Without Node.js the second is left out.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from deploy.clients.documents import build_documents
from deploy.clients.python_package import write_python_package
from deploy.clients.typescript_package import write_typescript_package
from deploy.local.settings import PROJECT

SOURCE = PROJECT / "clients"


def main() -> None:
    """Writes both packages and what is to be installed of them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / ".local" / "clients"
    shutil.rmtree(folder, ignore_errors=True)
    documents, distribution = build_documents(), folder / "dist"
    distribution.mkdir(parents=True)
    write_python_package(SOURCE / "python", documents, folder / "python")
    out_folder = str(distribution.absolute())
    build = ["uv", "build", "--wheel", "--offline", "--out-dir", out_folder]
    subprocess.run([sys.executable, "-m", *build], cwd=folder / "python", check=True)
    if shutil.which("npm") is None:
        print("There is no npm here: no package for TypeScript.")
    else:
        write_typescript_package(SOURCE / "typescript", documents, folder / "typescript")
        pack = ["npm", "pack", "--silent", "--pack-destination", out_folder]
        subprocess.run(pack, cwd=folder / "typescript", check=True)
    print(*sorted(distribution.glob("attesta*")), sep="\n")


if __name__ == "__main__":
    main()
