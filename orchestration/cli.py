"""The command line: `nightquest`."""

import json
import logging
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape

from ingest.checks import check_sources, checked_pack
from ingest.errors import NightquestError, SettingsError, disk_failure, is_disk_failure
from ingest.findings import Verdict
from ingest.settings import OLD_DAYS, PROJECT, Settings, load_settings
from ingest.stopping import stop_on_signals

if TYPE_CHECKING:
    from orchestration.runner import Outcome  # Dagster takes seconds to import

app = typer.Typer(
    help="Nightquest: developers' work as a game, computed every night.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
rules_app = typer.Typer(help="The rule pack.", no_args_is_help=True)
app.add_typer(rules_app, name="rules")
console = Console(stderr=True)

Day = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Day of the night; default: yesterday.", metavar="D"),
]
FirstDay = Annotated[
    datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.", metavar="A")
]
LastDay = Annotated[
    datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.", metavar="B")
]


def main() -> None:
    """Run the command; mistakes of the user's and failed jobs are one sentence each."""
    # The Snowflake connector checks for releases of urllib3 that it vendors anyway.
    warnings.filterwarnings("ignore", message="urllib3 .* doesn't match a supported version")
    try:
        app()
    except NightquestError as error:
        leave(error)
    except OSError as error:
        if not is_disk_failure(error):
            raise
        leave(disk_failure(error))


def leave(error: NightquestError) -> None:
    """End the command with its sentence: 2 for wrong use or settings, else 1."""
    console.print(f"[red]nightquest:[/red] {escape(str(error))}", highlight=False, soft_wrap=True)
    sys.exit(2 if isinstance(error, SettingsError) else 1)


def show_progress(settings: Settings) -> None:
    """What the pipeline says of itself, on standard error."""
    from orchestration import logs

    handler = logging.StreamHandler()
    handler.setFormatter(logs.formatter_of(settings, "%(asctime)s  %(message)s", "%H:%M:%S"))
    handler.addFilter(logs.is_for_terminal)
    logger = logging.getLogger("nightquest")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    # Dagster's own lines are in its event log, which the UI shows. It sets its level itself.
    logging.getLogger("dagster").addHandler(logging.NullHandler())


def today_of(settings: Settings) -> date:
    """The game day that is running now, in the time zone of the rules in force."""
    from orchestration.packs import time_zone_in_force

    checked_pack(settings, settings.rules_folder)
    return datetime.now(ZoneInfo(time_zone_in_force(settings))).date()


def refuse_future(settings: Settings, day: date, option: str) -> None:
    """The as-of day only moves forward: a slip of the pen would stop all nights until then."""
    today = today_of(settings)
    if day > today and settings.env != "demo":
        raise SettingsError(f"{option} {day} lies in the future; allowed: up to {today}.")


def say_warnings(warnings: list[str]) -> None:
    for warning in warnings:
        console.print(f"warning: {escape(warning)}", highlight=False, soft_wrap=True)


def refuse_empty_range(first: datetime, last: datetime) -> None:
    if last < first:
        raise SettingsError(
            f"--to {last.date()} lies before --from {first.date()}: the range must not be empty."
        )


def check_beforehand(settings: Settings) -> None:
    """Mistakes are told at once: Dagster, which the run imports, takes seconds."""
    show_progress(settings)
    checked_pack(settings, settings.rules_folder)
    check_sources(settings)
    check_channels(settings)


def check_channels(settings: Settings) -> None:
    """What is wrong with the settings of alerts would otherwise be told where nobody looks."""
    from orchestration.alerts.digest import all_channels

    for channel in all_channels(settings):
        channel.check()


@contextmanager
def told_at_the_end(settings: Settings) -> Iterator[None]:
    """What the run came to is told to whoever the settings name, also when it failed.

    Who sits at a terminal sees for themself what is wrong before a run begins.
    """
    try:
        yield
    except (NightquestError, OSError) as failure:
        error = disk_failure(failure) if is_disk_failure(failure) else failure
        is_watched = bool(sys.stdin) and sys.stdin.isatty()  # a daemon may have none
        if not (is_watched and isinstance(error, SettingsError)):
            tell(settings, None if is_watched else str(error))
        raise
    tell(settings)


def tell(settings: Settings, error: str | None = None) -> None:
    from orchestration.alerts import telling  # with Dagster, which takes seconds

    telling.tell(settings, error)


def run_range(settings: Settings, first: date, last: date) -> None:
    """Run, and say what was done."""
    from orchestration.runner import run_nightly

    logging.getLogger("nightquest").info("Reading %s to %s", first, last)
    say_outcome(run_nightly(settings, first, last))
    say_problems(settings)


def say_outcome(outcome: "Outcome") -> None:
    """One line about what a run has written."""
    log = logging.getLogger("nightquest")
    raw = sum(n for path, n in outcome.rows_written.items() if not path.startswith("marts."))
    marts = sum(n for path, n in outcome.rows_written.items() if path.startswith("marts."))
    if outcome.is_published:
        log.info(
            "Published: %s requests, %s raw rows and %s rows of the marts written",
            f"{outcome.requests:,}",
            f"{raw:,}",
            f"{marts:,}",
        )
    else:
        log.info(
            "Nothing has changed: %s requests, 0 rows written; the published night stays",
            f"{outcome.requests:,}",
        )


def say_problems(settings: Settings) -> None:
    """One line about the days that the game still waits for, and the rules that wait, if any do."""
    from orchestration.publication.nights import published_night

    night = published_night(settings)
    if night and night.problems:
        logging.getLogger("nightquest").info(
            "Complete through %s: %s", night.complete_through, night.problems
        )


@app.command()
def run(day: Day = None) -> None:
    """One night: read the re-read window up to the day, build, test, publish."""
    settings = load_settings()
    with told_at_the_end(settings):
        today = today_of(settings)
        last = day.date() if day else today - timedelta(days=1)
        refuse_future(settings, last, "--day")
        check_beforehand(settings)
        from orchestration.night import night_range

        run_range(settings, *night_range(settings, last))


@app.command()
def backfill(first: FirstDay, last: LastDay) -> None:
    """Read every day of a range, then build, test and publish once; resumes where it stopped."""
    refuse_empty_range(first, last)
    settings = load_settings()
    with told_at_the_end(settings):
        refuse_future(settings, last.date(), "--to")
        check_beforehand(settings)
        from orchestration.night import backfill_range

        run_range(settings, *backfill_range(settings, first.date(), last.date()))


@app.command()
def rebuild(
    accept_rules: Annotated[
        bool,
        typer.Option("--accept-rules", help="With all changes of the rule pack that wait."),
    ] = False,
) -> None:
    """Everything again from what is landed and the rules, asking no source; the day stays."""
    settings = load_settings()
    with told_at_the_end(settings):
        show_progress(settings)
        checked_pack(settings, settings.rules_folder)
        check_channels(settings)
        from orchestration.runner import run_rebuild

        say_outcome(run_rebuild(settings, accept_rules))
        say_problems(settings)


@app.command()
def refetch(
    source: Annotated[
        str, typer.Option(metavar="S", help="copilot, github or snowflake, where configured.")
    ],
    day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Its day.", metavar="D")],
) -> None:
    """One source's day read again now; then as a night, whose as-of day stays."""
    settings = load_settings()
    with told_at_the_end(settings):
        check_beforehand(settings)
        from orchestration.night import check_refetch
        from orchestration.runner import run_refetch

        check_refetch(settings, source, day.date())
        logging.getLogger("nightquest").info("Reading %s of %s again", day.date(), source)
        say_outcome(run_refetch(settings, source, day.date()))
        say_problems(settings)


@app.command()
def held(
    accept: Annotated[bool, typer.Option("--accept", help="Take the new rows.")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="Keep the old rows.")] = False,
    refused: Annotated[
        bool, typer.Option("--refused", help="The days refused, instead of those that wait.")
    ] = False,
    source: Annotated[str | None, typer.Option(metavar="S", help="Only of a source.")] = None,
    scope: Annotated[str | None, typer.Option(metavar="X", help="Only of a scope.")] = None,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only of a day.", metavar="D")
    ] = None,
) -> None:
    """Days held back because they look wrong: list them, or decide what becomes of them."""
    if refuse and (accept or refused):
        raise SettingsError(
            f"--refuse does not go with {'--accept' if accept else '--refused'}: allowed is "
            "--accept or --refuse, and --refused with --accept."
        )
    from orchestration import held_page

    settings = load_settings()
    choice = held_page.Choice(refused, source, scope, day.date() if day else None)
    if accept or refuse:
        print(held_page.decided(settings, choice, is_accepted=accept))
    else:
        print(held_page.listed(settings, choice))


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """What is published, and what is late; exit 1 when somebody has to look at it."""
    from orchestration.status import status_of

    status = status_of(load_settings())
    if as_json:
        print(json.dumps(status.report, indent=2))
    else:
        for key, value in status.report.items():
            shown = "; ".join(map(str, value)) if isinstance(value, list) else value
            print(f"{key.replace('_', ' '):>17}  {shown or '-'}")
    if not status.is_good:
        raise typer.Exit(1)


@app.command()
def alerts(
    is_test: Annotated[
        bool, typer.Option("--test", help="Send a test message through every channel.")
    ] = False,
) -> None:
    """What somebody has to look at now, and what to do; what nobody was told yet is told."""
    settings = load_settings()
    check_channels(settings)
    from orchestration.alerts import telling

    show_progress(settings)
    print(telling.tested(settings) if is_test else telling.open_now(settings))


@app.command()
def prune(
    older_than: Annotated[
        int, typer.Option(help="Days; younger things stay.", min=1, metavar="DAYS")
    ] = OLD_DAYS,
    is_trial: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and delete nothing.")
    ] = False,
) -> None:
    """Delete replaced readings of the landing and Dagster's old runs; say what the disk holds."""
    settings = load_settings()
    from orchestration.pruning import prune as prune_home

    done = prune_home(settings, timedelta(days=older_than), is_trial)
    replaced, needed = done.payloads.replaced, done.payloads.needed
    print("would go:" if is_trial else "gone:")
    print(f"  {len(replaced):,} replaced readings of the landing, {in_mb(sum(replaced.values()))}")
    print(f"  the records of {done.runs:,} runs of Dagster")
    print(f"in force: {len(needed):,} readings, {in_mb(sum(needed.values()))}")
    print(f"on disk in {settings.home}:")
    for part, size in done.disk_use.items():
        print(f"  {part:<12} {in_mb(size):>12}")


def in_mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Try every setting, and say what to do about what is wrong; exit 1 when something is."""
    settings = load_settings()
    from orchestration.doctor import examined

    found = []
    for finding in examined(settings):
        found.append(finding)
        if not as_json:
            print(f"{finding.verdict:<8} {finding.what:<20} {finding.said}", flush=True)
    if as_json:
        print(json.dumps([asdict(finding) for finding in found], indent=2))
    if any(finding.verdict == Verdict.PROBLEM for finding in found):
        raise typer.Exit(1)


@app.command()
def roles(
    is_applied: Annotated[
        bool, typer.Option("--apply/--print", help="Run the statements, or only show them.")
    ] = False,
) -> None:
    """The database roles: the pipeline writes, the app and analysts read `marts` alone."""
    from orchestration.roles import apply, statements

    settings = load_settings()
    if is_applied:
        print(f"{apply(settings)} statements were run; passwords are yours to set.")
    else:
        print(";\n".join(statements(settings)) + ";")


@app.command()
def export(
    folder: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where the files go.")],
    form: Annotated[
        str, typer.Option("--format", metavar="F", help="parquet, csv, or json (an object a line).")
    ] = "parquet",
) -> None:
    """The marts as files, as readers see them: of one night, under the visibility policy."""
    from orchestration.export import Format
    from orchestration.export import export as write_files

    if form not in list(Format):
        raise SettingsError(f"--format is {form!r}; allowed: {', '.join(Format)}.")
    rows = write_files(load_settings(), folder, Format(form))
    print(f"{folder}: {len(rows)} tables, {sum(rows.values()):,} rows")


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where backups lie.")],
) -> None:
    """All that cannot be computed again: the landing, and what readers were told."""
    from orchestration.backup import back_up

    place, made = back_up(load_settings(), folder)
    size = sum(file.size for file in made.files.values())
    print(f"{place}: {len(made.files):,} files, {size / 1e6:,.1f} MB, of the night of "
          f"{made.as_of_day or 'nothing published yet'}")  # fmt: skip


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A backup, or where they lie.")],
) -> None:
    """A backup into an empty home; `nightquest rebuild` then computes what readers see."""
    from orchestration.backup import restore as put_back

    made = put_back(load_settings(), folder)
    print(f"Restored the backup of {made.made_at}: type `nightquest rebuild`. Its content hash was "
          f"{made.content_hash or 'none: nothing had been published'}.")  # fmt: skip


@app.command()
def erase(
    who: Annotated[
        str, typer.Argument(metavar="LOGIN", help="Login, developer id, or another source's key.")
    ],
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """A person's data out of the landing, the marts and the next backups; sums stay."""
    settings = load_settings()
    checked_pack(settings, settings.rules_folder)
    if sys.stdin.isatty() and not is_sure:
        typer.confirm(f"Erase {who}? Nobody can take that back.", abort=True)
    show_progress(settings)
    from orchestration import erasure
    from orchestration.runner import run_rebuild

    erased = erasure.erase(settings, who)
    say_outcome(run_rebuild(settings))
    erasure.compact(settings)
    print(f"{who} is {erased.pseudonym} from now on. What is left: backups made before today, and "
          "your own files, such as those in the inbox's done/.")  # fmt: skip


@app.command()
def explain(
    who: Annotated[str, typer.Argument(metavar="LOGIN", help="Login, or developer id.")],
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day; default: the newest with XP.", metavar="D"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Why somebody has these XP on a day, down to the source rows, and why not more."""
    from orchestration import explanation, explanation_page

    account = explanation.explain(load_settings(), who, day.date() if day else None)
    if as_json:
        print(json.dumps(account, indent=2, default=plain_value))
    else:
        explanation_page.show(account, Console())


def plain_value(value: object) -> object:
    """Decimals as numbers, days as text."""
    return float(value) if isinstance(value, Decimal) else str(value)


@rules_app.command()
def validate(
    folder: Annotated[Path | None, typer.Argument(help="Folder of the pack.")] = None,
) -> None:
    """Check a rule pack; every mistake with file, entry, field, what was found and is allowed."""
    settings = load_settings()
    pack = checked_pack(settings, folder or settings.rules_folder)
    say_warnings(pack.warnings)
    print(f"The pack is valid (hash {pack.hash[:12]}).")


@rules_app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(help="Folder of the pack on trial.", metavar="DIR")],
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day compared.", metavar="A"),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Last day compared.", metavar="B"),
    ] = None,
    keep_announced: Annotated[
        bool,
        typer.Option("--keep-announced", help="Announced awards keep their day and XP."),
    ] = False,
    page: Annotated[
        Path | None, typer.Option("--html", help="Where the page of plots is written.")
    ] = None,
) -> None:
    """What a changed pack would change: XP, levels, ranks, teams; nothing published is touched."""
    if first and last:
        refuse_empty_range(first, last)
    settings = load_settings()
    pack = checked_pack(settings, folder)
    if page and (page.is_dir() or not page.absolute().parent.is_dir()):
        raise SettingsError(f"--html {page}: allowed is a file in a folder that exists.")
    show_progress(settings)
    from orchestration.simulation import simulate as compare_packs
    from orchestration.simulation.terminal import show

    found = compare_packs(
        settings, pack, folder, first.date() if first else None, last.date() if last else None,
        keep_announced=keep_announced, page=page,
    )  # fmt: skip
    show(found.report)
    say_warnings([*pack.warnings, *found.warnings])
    print(f"The plots are in {found.page}")


@app.command()
def simulator(
    port: Annotated[int, typer.Option(help="Port of the API, on loopback.")],
    activity: Annotated[
        list[Path] | None, typer.Option(help="Replay real history from a Parquet file.")
    ] = None,
    copilot: Annotated[
        list[Path] | None, typer.Option(help="Serve these Copilot rows, each on its day.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the made-up organisation.")] = 7,
    fault: Annotated[Path | None, typer.Option(help="YAML file of faults to inject.")] = None,
) -> None:
    """A simulated GitHub (and an emulated Snowflake) on loopback, until Ctrl-C."""
    from ingest.simulator import serve

    serve(port, activity=activity or [], copilot=copilot or [], seed=seed, faults=fault)


@app.command()
def up() -> None:
    """Dagster's UI and daemon (3000) and the dashboard (8501) together; Ctrl-C stops both."""
    from orchestration.demo import demo_settings
    from orchestration.runner import dagster_home

    settings = load_settings()
    if not settings.has_sources:
        demo_settings()  # nothing of one's own to show
    settings = load_settings()
    dagster_home(settings)
    stop_on_signals()
    programs = Path(sys.executable).parent
    commands: tuple[list[str | Path], ...] = (
        [programs / "dagster", "dev", "--workspace", PROJECT / "workspace.yaml", "--port", "3000"],
        [programs / "python", "-m", "app", "--server.port", "8501"],
    )
    environment = os.environ | {"NIGHTQUEST_HOME": str(settings.home.resolve())}
    processes = [
        subprocess.Popen(command, env=environment)  # noqa: S603 (our own programs)
        for command in commands
    ]
    print("Dagster: http://localhost:3000   Dashboard: http://localhost:8501   Ctrl-C stops both")
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
        raise NightquestError("One of the servers has ended by itself; the lines above say why.")
    except KeyboardInterrupt:
        pass
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=30)


@app.command(hidden=True)
def demo() -> None:
    """The simulated organisation's 120 days, from its sources to the published warehouse."""
    from orchestration.demo import run_demo

    show_progress(load_settings())
    run_demo()


if __name__ == "__main__":
    main()
