"""`make demo`: from nothing to a warehouse that people can open."""

import os
import time

import duckdb
from rich.console import Console
from rich.table import Table

from ingest.settings import Settings, load_settings
from ingest.simulator import simulated_organisation
from ingest.warehouse import open_warehouse
from orchestration.publication.nights import published_night

COUNTED = ("fct_activity_daily", "fct_xp_ledger", "fct_developer_days", "fct_mission_attempts",
           "fct_badge_awards", "fct_streak_days", "leaderboards")  # fmt: skip
TOP_FIVE = """
select b.rank, d.display_name, b.score, n.level, n.title
from marts.leaderboards as b
inner join marts.dim_developers as d on b.developer_id = d.developer_id
inner join (
    select developer_id, level, title,
        row_number() over (partition by developer_id order by activity_date desc) as newest
    from marts.fct_developer_days
) as n on b.developer_id = n.developer_id and n.newest = 1
where b.board_id = 'xp_all_time' and b.scope_id = 'org'
order by b.rank, b.developer_id limit 5
"""


def demo_settings() -> None:
    """Point the process at the demo's own home, unless another one is set.

    What `.env` says of a real installation is left out, so that the demo never mixes with it; what
    the environment itself says is obeyed.
    """
    os.environ.setdefault("NIGHTQUEST_HOME", ".nightquest/demo")
    os.environ["NIGHTQUEST_ENV"] = "demo"
    for name in (
        "LANDING_URL", "POSTGRES_URL", "COPILOT_ENTERPRISE", "INBOX", "WEBHOOK_URL", "MAIL_TO",
        "DIGEST_FILE", "METRICS_FOLDER",
    ):  # fmt: skip
        os.environ.setdefault(f"NIGHTQUEST_{name}", "")
    # The simulation is logged in to by its own token and password.
    for name in (
        "GITHUB_APP_ID", "GITHUB_APP_INSTALLATION_ID", "GITHUB_APP_PRIVATE_KEY",
        "GITHUB_APP_PRIVATE_KEY_FILE", "SNOWFLAKE_PRIVATE_KEY", "SNOWFLAKE_PRIVATE_KEY_FILE",
        "SNOWFLAKE_TOKEN",
    ):  # fmt: skip
        os.environ[f"NIGHTQUEST_{name}"] = ""


def run_demo() -> None:
    """Serve the simulated organisation, backfill its days, publish, and say what came out."""
    from orchestration.cli import run_range
    from orchestration.night import backfill_range

    started = time.monotonic()
    demo_settings()
    with simulated_organisation() as simulation:
        os.environ.update(simulation.environment)
        os.environ["NIGHTQUEST_COPILOT_ORGS"] = os.environ["NIGHTQUEST_GITHUB_ORGS"]
        settings = load_settings()
        first, last = simulation.first_day, simulation.last_day
        run_range(settings, *backfill_range(settings, first, last))
    summarise(settings, time.monotonic() - started)


def summarise(settings: Settings, seconds: float) -> None:
    """A short page for a person: rows, top five, where it is, what to type next."""
    console = Console()
    night = published_night(settings)
    assert night
    if settings.target == "duckdb":
        place = f"the file {settings.published_file}"
        with duckdb.connect(str(settings.published_file), read_only=True) as connection:
            counts = {
                name: connection.execute(f"select count(*) from marts.{name}").fetchall()[0][0]
                for name in COUNTED
            }
            top = connection.execute(TOP_FIVE).fetchall()
    else:
        place = "schema marts of the Postgres database"
        with open_warehouse(settings) as warehouse:
            counts = {
                name: warehouse.query(f"select count(*) as n from marts.{name}").item()
                for name in COUNTED
            }
            top = warehouse.query(TOP_FIVE).rows()
    rows = Table("mart", "rows", title=f"The demo's warehouse as of {night.as_of_day}")
    for name, count in counts.items():
        rows.add_row(name, f"{count:,}")
    board = Table("rank", "developer", "XP", "level", "title", title="Top five, all time")
    for rank, name, score, level, title in top:
        board.add_row(str(rank), name, f"{score:,}", str(level), title)
    console.print(rows, board)
    console.print(
        f"Done in {seconds:.0f} s. The marts are in {place}, content hash "
        f"{(night.content_hash or '')[:12]}.\nNext: `make dashboard` opens the pages, "
        "`make up` adds Dagster's UI with the lineage.",
        soft_wrap=True,
        highlight=False,
    )
