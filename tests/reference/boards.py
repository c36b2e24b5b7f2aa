"""The seven boards of the organisation and of each team (game.md section 7)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta

from .days import ONE_DAY, days_between
from .facts import Row

BOARDS = (
    "xp_all_time",
    "xp_7d",
    "xp_30d",
    "streak_current",
    "streak_longest",
    "missions_completed",
    "badges_unlocked",
)
KEPT_RANKS = 100
Scores = dict[str, int]


def ranked(scores: Scores) -> list[tuple[str, int, int]]:
    """(developer, rank, score) by competition rank; scores of 0 and below are left out."""
    order = sorted(
        ((score, who) for who, score in scores.items() if score > 0),
        key=lambda pair: (-pair[0], pair[1]),
    )
    result: list[tuple[str, int, int]] = []
    for place, (score, who) in enumerate(order, start=1):
        is_tie = bool(result) and result[-1][2] == score
        result.append((who, result[-1][1] if is_tie else place, score))
    return result


class Tally:
    """Amounts by day and developer, summed over a window that ends on the day it is moved to."""

    def __init__(self, amounts: Iterable[tuple[date, str, int]], window: int | None) -> None:
        self.of_day: dict[date, list[tuple[str, int]]] = defaultdict(list)
        for day, who, amount in amounts:
            self.of_day[day].append((who, amount))
        self.window = window
        self.scores: Scores = defaultdict(int)

    def move_to(self, day: date) -> Scores:
        """The scores of a day; days are visited in order, without gaps."""
        for who, amount in self.of_day.get(day, ()):
            self.scores[who] += amount
        if self.window is not None:
            for who, amount in self.of_day.get(day - timedelta(days=self.window), ()):
                self.scores[who] -= amount
        return self.scores


def daily_scores(
    roster: set[str],
    as_of: date,
    ledger: Iterable[Row],
    streak_days: dict[str, list[Row]],
    completed: Iterable[tuple[str, date]],
    awards: Iterable[Row],
) -> Iterator[tuple[date, dict[str, Scores]]]:
    """Each day's scores by board, of developers on today's roster."""
    xp = [
        (row["activity_date"], row["developer_id"], row["xp"])
        for row in ledger
        if row["developer_id"] in roster
    ]
    streaks: dict[date, list[Row]] = defaultdict(list)
    for developer_id in roster:
        for row in streak_days.get(developer_id, []):
            streaks[row["activity_date"]].append(row)
    missions = [(day, who, 1) for who, day in completed if who in roster]
    badges = [
        (row["awarded_on"], row["developer_id"], 1)
        for row in awards
        if row["developer_id"] in roster
    ]
    tallies = {
        "xp_all_time": Tally(xp, None),
        "xp_7d": Tally(xp, 7),
        "xp_30d": Tally(xp, 30),
        "missions_completed": Tally(missions, None),
        "badges_unlocked": Tally(badges, None),
    }
    first_days = [day for tally in tallies.values() for day in tally.of_day] + list(streaks)
    if not first_days:
        return
    for day in days_between(min(first_days), as_of):
        scores = {board_id: tally.move_to(day) for board_id, tally in tallies.items()}
        for board_id, column in (
            ("streak_current", "current_streak"),
            ("streak_longest", "longest_streak"),
        ):
            scores[board_id] = {row["developer_id"]: row[column] for row in streaks[day]}
        yield day, scores


def is_end_of_week_or_month(day: date) -> bool:
    return day.isoweekday() == 7 or (day + ONE_DAY).month != day.month


Places = list[tuple[str, int, int]]


def boards_of_day(
    scores: dict[str, Scores],
    day: date,
    team_of: Callable[[str, date], str | None],
) -> dict[tuple[str, str], Places]:
    """Places by (scope, board): the organisation's, and each team's own members of the day."""
    boards: dict[tuple[str, str], Places] = {}
    for board_id in BOARDS:
        by_scope: dict[str, Scores] = {"org": scores[board_id]}
        for who, score in scores[board_id].items():
            team_id = team_of(who, day)
            if team_id is not None:
                by_scope.setdefault(team_id, {})[who] = score
        for scope_id, of_scope in by_scope.items():
            boards[scope_id, board_id] = ranked(of_scope)
    return boards


def play_boards(
    roster: set[str],
    as_of: date,
    ledger: Iterable[Row],
    streak_days: dict[str, list[Row]],
    completed: Iterable[tuple[str, date]],
    awards: Iterable[Row],
    team_of: Callable[[str, date], str | None],
) -> tuple[list[Row], list[Row]]:
    """Rows of `leaderboards` and, of the organisation's boards, of `leaderboard_history`.

    `completed`: developer and day of each completed or passed attempt. `awards`: those that are not
    revoked. `team_of`: a developer's team on a day.
    """
    history: list[Row] = []
    kept: dict[int, dict[tuple[str, str], Places]] = {}
    for day, scores in daily_scores(roster, as_of, ledger, streak_days, completed, awards):
        days_ago = (as_of - day).days
        if days_ago in (0, 1, 7):
            kept[days_ago] = boards_of_day(scores, day, team_of)
        for board_id in BOARDS:
            for developer_id, rank, score in ranked(scores[board_id]):
                if rank <= KEPT_RANKS or is_end_of_week_or_month(day):
                    history.append(
                        {
                            "board_id": board_id,
                            "as_of_date": day,
                            "developer_id": developer_id,
                            "rank": rank,
                            "score": score,
                        }
                    )

    def ranks(days_ago: int, key: tuple[str, str]) -> dict[str, int]:
        return {who: rank for who, rank, _ in kept.get(days_ago, {}).get(key, [])}

    boards_now: list[Row] = []
    for key, places in kept.get(0, {}).items():
        scope_id, board_id = key
        yesterday, week_ago = ranks(1, key), ranks(7, key)
        sharing = Counter(rank for _, rank, _ in places)
        for place, (developer_id, rank, score) in enumerate(places, start=1):
            boards_now.append(
                {
                    "board_id": board_id,
                    "scope_id": scope_id,
                    "as_of_date": as_of,
                    "developer_id": developer_id,
                    "rank": rank,
                    "place": place,
                    "tie_count": sharing[rank],
                    "score": score,
                    "previous_rank": yesterday.get(developer_id),
                    "rank_7d_ago": week_ago.get(developer_id),
                }
            )
    return boards_now, history
