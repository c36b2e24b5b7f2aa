"""A reader that looks across the tables while nights run, and reports what does not fit."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import psycopg

#: People whose ledger, days and board tell different sums, the number of runs that are shown, and
#: what tells two contents of one run apart. One statement: it sees one state of the database.
CHECK = """
with ledger as (
    select developer_id, sum(xp) as xp, count(*) as entries
    from {marts}.fct_xp_ledger group by developer_id
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
),
people as (
    select developer_id from ledger
    union select developer_id from days
    union select developer_id from board
)
select
    (select max(last_good_run) from {marts}.run_status) as run,
    (select count(distinct last_good_run) from {marts}.run_status) as runs,
    sum(case when coalesce(ledger.xp, 0) <> coalesce(days.total_xp, 0) then 1 else 0 end)
        as off_days,
    sum(
        case when board.score is not null and board.score <> coalesce(days.total_xp, 0)
            then 1 else 0 end
    ) as off_board,
    count(*) as people,
    count(board.score) as on_board,
    sum(ledger.entries) as entries,
    sum(ledger.xp) as xp
from people
left join ledger on people.developer_id = ledger.developer_id
left join days on people.developer_id = days.developer_id and days.newest = 1
left join board on people.developer_id = board.developer_id
"""


@dataclass
class Polls:
    """What the reader saw: by run, what it showed."""

    count: int = 0
    runs: dict[str, tuple] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def note(self, row: tuple) -> None:
        run, runs, off_days, off_board, people, on_board, *_ = row
        self.count += 1
        if self.runs.setdefault(run, row) != row:
            self.broken.append(f"run {run} showed {self.runs[run]}, then {row}")
        if off_days or off_board or runs != 1 or not people or not on_board:
            self.broken.append(f"run {run}: {row}")


def poll_file(path: Path, polls: Polls) -> None:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"attach '{path}' as shown (read_only)")
        polls.note(connection.execute(CHECK.format(marts="shown.marts")).fetchone())


def poll_postgres(url: str, polls: Polls) -> None:
    with psycopg.connect(url) as connection:
        polls.note(connection.execute(CHECK.format(marts="marts")).fetchone())


@contextmanager
def reading(poll: Callable[[Polls], None], seconds: float = 0.02) -> Iterator[Polls]:
    """Poll every so often, in a thread of its own, for as long as the block lasts; once after it.

    The time between two polls leaves a core to those who write.
    """
    polls, stop = Polls(), threading.Event()

    def loop() -> None:
        while not stop.wait(seconds):
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
