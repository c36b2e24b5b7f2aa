"""P1: a full rebuild, raw tables to tested, published marts, against the floor by hand.

Both start from the same generated raw tables and write the same facts. The product's time is that
of its process (Dagster, load step, dbt, publication); data tests and publication are also told
apart. At most 3 times the floor, data tests apart, and below 16 GiB.
"""

from pathlib import Path

from benchmarks.machine import machine
from benchmarks.organisation import Size, generate, settings_of
from benchmarks.product import Node, Ran, nodes_of, run_night, run_watched
from benchmarks.sizes import options, scratch
from ingest.settings import Settings

COSTLIEST = 15
MOST_MB = 16 * 1024


def prepared(home: Path, size: Size) -> Settings:
    """A home with the generated raw tables, and what is in them on the screen."""
    settings = settings_of(home)
    print(f"Generating {size} ...", flush=True)
    rows = generate(settings, size)
    print(f"  {sum(rows.values()):,} raw rows", flush=True)
    return settings


def floor(settings: Settings) -> Ran:
    """The floor on the same raw tables, in a process of its own; its file is removed."""
    out = settings.home / "floor.duckdb"
    ran = run_watched(
        ["benchmarks.floor", str(settings.work_file), str(out)], {}, settings.home / "floor.log"
    )
    out.unlink()
    return ran


def seconds_of(nodes: list[Node], *, tests: bool) -> float:
    """The wall seconds that data tests took, or everything else in the build."""
    return sum(node.wall_seconds for node in nodes if (node.kind == "test") == tests)


def print_costliest(nodes: list[Node], rows: dict[str, int]) -> None:
    """The models that took most of the build's wall time."""
    whole = sum(node.wall_seconds for node in nodes)
    for node in sorted(nodes, key=lambda node: -node.wall_seconds)[:COSTLIEST]:
        written = rows.get(f"marts.{node.name}")
        print(
            f"  {node.wall_seconds:7.1f} s  {node.wall_seconds / whole:5.1%}  {node.name}"
            + (f"  ({written:,} rows)" if written else "")
        )


def report(size: Size, ours: Ran, theirs: Ran) -> None:
    """P1's figures of a rebuild and the floor on the same raw tables."""
    nodes = nodes_of(ours)
    tests = seconds_of(nodes, tests=True)
    steps = ours.answer["steps"]
    print(f"The build's wall seconds by its {COSTLIEST} costliest nodes:")
    print_costliest(nodes, ours.answer["rows_written"])
    print("The floor's: " + ", ".join(f"{k} {v:.1f}" for k, v in theirs.answer.items()))
    print(
        f"product {ours.seconds:7.1f} s  peak {ours.peak_mb:,} MB  (load {steps['load_raw']:.1f}, "
        f"build {steps['build']:.1f} of which data tests {tests:.1f}, "
        f"publication {steps['publish']:.1f})"
    )
    print(f"floor   {theirs.seconds:7.1f} s  peak {theirs.peak_mb:,} MB")
    ratio = (ours.seconds - tests) / theirs.seconds
    rest = ratio - steps["publish"] / theirs.seconds
    print(f"P1: {ratio:.1f} times the floor without data tests (must be at most 3), {rest:.1f} "
          "without publication as well")  # fmt: skip
    print(f"P1: peak memory {ours.peak_mb:,} MB (must be below {MOST_MB:,})")
    print(f"{size}. {machine('duckdb', 'dbt-core', 'dbt-duckdb', 'dagster')}", flush=True)


def main() -> None:
    asked = options()
    with scratch(asked.folder, "p1") as home:
        settings = prepared(home, asked.size)
        ours = run_night(settings, asked.size.last_day)
        # The floor reads ops.nights and raw_rules, which the product's load has written.
        report(asked.size, ours, floor(settings))


if __name__ == "__main__":
    main()
