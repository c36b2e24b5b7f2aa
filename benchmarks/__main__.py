"""`python -m benchmarks [p4 p5 ...]`: these benchmarks one after the other; without names, all.

Benchmarks of whole nights take `--developers N --days M --folder PATH`.
"""

import re
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.sizes import options


def benchmarks() -> dict[str, str]:
    """Module names by benchmark, in the order of their numbers."""
    names = [path.stem for path in Path(__file__).parent.glob("p*_*.py")]
    found = {match[1]: name for name in names if (match := re.match(r"(p\d+)_", name))}
    return dict(sorted(found.items(), key=lambda item: int(item[0][1:])))


def main() -> None:
    known = benchmarks()
    asked = [name.lower() for name in options().names] or list(known)
    if unknown := [name for name in asked if name not in known]:
        sys.exit(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(known)}.")
    for name in asked:
        module = import_module(f"benchmarks.{known[name]}")
        print(f"\n{module.__doc__.strip()}\n", flush=True)
        module.main()


main()
