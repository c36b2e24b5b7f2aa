"""GitHub's published contracts and the tool that serves them, from npm, kept outside of git."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tests.conftest import PROJECT

CACHE = PROJECT / ".cache" / "contracts"
#: 20 s here for prism's 180 packages, 5 s for a description.
SECONDS = 300


class Unavailable(Exception):
    """npm or the network is missing; the message says which."""


def files_of(package: str, version: str, *members: str) -> list[Path]:
    """Some files out of a package: the whole one of GitHub's descriptions is 400 MB."""
    folder = CACHE / f"{package.replace('/', '-')}-{version}"
    kept = [folder / Path(member).name for member in members]
    if not all(path.exists() for path in kept):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as packed:
            _npm("pack", f"{package}@{version}", "--pack-destination", packed)
            (archive,) = Path(packed).glob("*.tgz")
            with tarfile.open(archive) as files:
                for member, path in zip(members, kept, strict=True):
                    found = files.extractfile(f"package/{member}")
                    assert found, f"{package} holds no {member}"
                    taken = Path(packed) / path.name
                    taken.write_bytes(found.read())
                    taken.replace(path)
    return kept


def installed(package: str, version: str) -> Path:
    """The folder of an installed package, with what it needs beside it."""
    kept = CACHE / f"{package.replace('/', '-')}-{version}"
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=CACHE))
        try:
            _npm("install", "--prefix", str(folder), "--no-save", "--no-audit", "--no-fund",
                 "--ignore-scripts", f"{package}@{version}")  # fmt: skip
            os.replace(folder, kept)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return kept / "node_modules" / package


def _npm(*arguments: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("npm is not installed")
    try:
        done = subprocess.run(
            [npm, *arguments, "--loglevel", "error"],
            capture_output=True, text=True, timeout=SECONDS,
            env=os.environ | {"npm_config_fetch_retries": "1", "npm_config_fetch_timeout": "60000"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unavailable(f"npm {arguments[0]} took longer than {SECONDS} s") from None
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if "code" in line), "no reason")
        raise Unavailable(f"npm {arguments[0]} failed ({said}): is the network missing?")
