"""What a figure was measured on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def machine(*packages: str) -> str:
    """One line: processor, cores, memory, load, and the versions of these packages."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        cpu = next((line.split(": ")[1] for line in lines if line.startswith("model name")), cpu)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"Machine: {cpu}, {os.cpu_count()} cores (load {os.getloadavg()[0]:.1f}), "
        f"{memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}, {versions}"
    )
