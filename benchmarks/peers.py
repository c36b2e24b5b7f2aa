"""A Python of their own for the peers: their packages stay out of Nightquest's."""

import hashlib
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PEERS = Path(__file__).with_name("peers.txt")


def python_of_peers() -> Path | None:
    """The interpreter that has the packages of `peers.txt`; None where they cannot be had.

    It lies in the system's temporary folder and is made once for each state of that file.
    """
    digest = hashlib.sha256(PEERS.read_bytes()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"nightquest-peers-{digest}"
    python, is_whole = folder / "bin" / "python", folder / "is_whole"
    if not is_whole.exists():
        print(f"Installing {PEERS.name} for the comparison ...", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--requirement", PEERS]
        done = subprocess.run(install, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            print(done.stderr.strip()[-500:], file=sys.stderr)
            return None
        is_whole.touch()
    return python
