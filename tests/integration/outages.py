"""Disks that fill up."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own with so much room; the test is skipped where none may be mounted."""
    place.mkdir()
    size = f"size={megabytes}m"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs a Linux whose user may mount a tmpfs (root)")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def room(place: Path) -> int:
    """Bytes that are free."""
    state = os.statvfs(place)
    return state.f_bavail * state.f_frsize


@contextmanager
def filled(place: Path, left: int) -> Iterator[None]:
    """The disk with only so many bytes left."""
    ballast = place / "ballast"
    with ballast.open("wb") as file:
        if room(place) > left:
            os.posix_fallocate(file.fileno(), 0, room(place) - left)
    try:
        yield
    finally:
        ballast.unlink()
