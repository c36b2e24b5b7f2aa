"""A reader that looks across the tables while nights run, and reports what does not fit."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import psycopg

#: People whose ledger, days and board tell different sums, and the number of runs that are shown.
#: One statement: it sees one state of the database.
CHECK = """
with ledger as (
    select developer_id, sum(xp) as xp from {marts}.fct_xp_ledger group by developer_id
),
days as (
    select developer_id, total_xp, row_number() over (
        partition by developer_id order by activity_date desc
    ) as newest
    from {marts}.fct_developer_days
),
board as (
    select developer_id, score from {marts}.leaderboards
    where board_id = 'xp_all_time' and scope_id = 'org'
)
select
    count(*) as people,
    sum(case when coalesce(ledger.xp, 0) <> days.total_xp then 1 else 0 end) as off_days,
    sum(
        case when board.score is not null and board.score <> days.total_xp then 1 else 0 end
    ) as off_board,
    (select count(*) from board) as on_board,
    (select count(distinct last_good_run) from {marts}.run_status) as runs,
    (select max(last_good_run) from {marts}.run_status) as run
from days
left join ledger on days.developer_id = ledger.developer_id
left join board on days.developer_id = board.developer_id
where days.newest = 1
"""


@dataclass
class Polls:
    """What the reader saw."""

    count: int = 0
    runs: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)

    def note(self, row: tuple) -> None:
        people, off_days, off_board, on_board, runs, run = row
        self.count += 1
        self.runs.add(run)
        if off_days or off_board or runs != 1 or not people or not on_board:
            self.broken.append(f"run {run}: {row}")


def poll_file(path: Path, polls: Polls) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as shown (read_only)")
        polls.note(connection.execute(CHECK.format(marts="shown.marts")).fetchone())


def poll_postgres(url: str, polls: Polls) -> None:
    with psycopg.connect(url) as connection:
        polls.note(connection.execute(CHECK.format(marts="marts")).fetchone())


@contextmanager
def reading(poll: Callable[[Polls], None]) -> Iterator[Polls]:
    """Poll in a thread of its own for as long as the block lasts, and once after it."""
    polls, stop = Polls(), threading.Event()

    def loop() -> None:
        while not stop.wait(0.02):  # leaves a core to those who write
            try:
                poll(polls)
            except (duckdb.Error, psycopg.Error) as error:
                polls.broken.append(str(error))

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield polls
    finally:
        stop.set()
        thread.join()
    poll(polls)
