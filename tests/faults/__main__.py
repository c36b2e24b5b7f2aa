"""Print the fault table in Markdown: each fault, and what came out of it here and now."""

import re

from tests.environment import forget_settings
from tests.faults.cases import read_cases
from tests.faults.nights import Nights, summary


def main() -> None:
    forget_settings()
    print("| fault | step | what came out |\n|---|---|---|")
    with Nights() as nights:
        for case in read_cases().values():
            # The simulation listens on another port each time.
            said = re.sub(r":\d{4,5}\b", ":PORT", summary(nights.observe(case)))
            print(f"| {case.title} | {case.land} | {said} |", flush=True)


if __name__ == "__main__":
    main()
