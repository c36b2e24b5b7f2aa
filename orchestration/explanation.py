"""Every point explained: one person's day, from the published marts down to the source rows."""

from datetime import date
from difflib import get_close_matches
from typing import Any

from ingest.errors import NightquestError, SettingsError
from ingest.settings import Settings
from orchestration.published import Ask, published_marts

Row = dict[str, Any]
NEAREST_BADGES = 3

DEVELOPERS = """
select d.developer_id, d.login, d.display_name, t.team_name, d.is_active, d.left_on,
    d.first_active_date, d.last_active_date
from marts.dim_developers as d
left join marts.dim_teams as t on d.current_team_id = t.team_id
where lower(d.login) = lower($1) or d.developer_id = $1
order by d.developer_id
"""
LOGINS = "select login, developer_id from marts.dim_developers order by login"
EXCLUDED_SUBJECTS = """
select distinct developer_id from marts.fct_xp_exclusions
where reason_code in ('bot', 'unmatched_identity')
    and lower(developer_id) in (lower($1), lower('snowflake:' || $1), lower('file:' || $1))
order by developer_id
"""
SUBJECT_SUMS = """
select reason_code, sentence, count(distinct activity_date) as days,
    min(activity_date) as first_day, max(activity_date) as last_day,
    cast(sum(xp) as bigint) as xp
from marts.xp_missing where developer_id = $1 and kind = 'exclusion'
group by reason_code, sentence order by reason_code, sentence
"""
RANGE = """
select r.as_of_day, r.complete_through, r.problems, min(d.date_day) as first_day
from marts.run_status as r cross join marts.dim_dates as d
group by r.as_of_day, r.complete_through, r.problems
"""
NEWEST_DAY = """
select max(activity_date) as day from marts.fct_developer_days where developer_id = $1 and xp <> 0
"""
LEVEL = """
select activity_date, total_xp, level, title, next_level_total_xp, xp_remaining
from marts.fct_developer_days where developer_id = $1 and activity_date <= $2
order by activity_date desc limit 1
"""
LEDGER = """
select ledger_id, reason, reference_id, rule_version, name, xp_before_caps, xp, sentence
from marts.xp_explained where developer_id = $1 and activity_date = $2
order by case reason when 'activity' then 1 when 'streak' then 2 when 'mission' then 3
    when 'mission_perfect' then 4 when 'adjustment' then 5 else 6 end, xp desc, reference_id
"""
EVIDENCE = """
select ledger_id, source, dataset, source_key, label, source_date, counts_for, value, load_id
from marts.xp_evidence where developer_id = $1 and activity_date = $2
order by ledger_id, source_date desc, source, dataset, source_key, counts_for
"""
EXCLUSIONS = """
select reference_id, name, reason_code, xp, sentence
from marts.xp_missing where developer_id = $1 and kind = 'exclusion' and activity_date = $2
order by xp desc, reference_id, reason_code
"""
OPEN_MISSIONS = """
select reference_id, name, reason_code as status, xp, sentence, share
from marts.xp_missing where developer_id = $1 and kind = 'mission'
order by share desc, reference_id
"""
FAILED_MISSIONS = """
select a.attempt_id as reference_id, m.name, a.status, a.progress, a.target, m.pass_threshold,
    a.score, a.period_end, m.metric
from marts.fct_mission_attempts as a
inner join marts.dim_missions as m on a.mission_id = m.mission_id and a.version = m.version
where a.developer_id = $1 and a.status = 'failed'
    and (a.decided_on = $2 or (a.period_start <= $2 and a.period_end >= $2))
order by a.score desc, a.attempt_id
"""
BADGES = f"""
select reference_id, name, xp, sentence, share
from marts.xp_missing where developer_id = $1 and kind = 'badge'
order by share desc, xp desc, reference_id limit {NEAREST_BADGES}
"""
STREAK = """
select action, current_streak, longest_streak, freezes_available, is_working_day
from marts.fct_streak_days where developer_id = $1 and activity_date = $2
"""
ACTIVITY = """
select metric, value from marts.fct_activity_daily
where developer_id = $1 and activity_date = $2 order by metric
"""
CALENDAR = "select is_working_day, holiday_name from marts.dim_dates where date_day = $1"
PENDING_OF_DAY = """
select source, scope from marts.data_status
where activity_date = $1 and state = 'pending' order by source, scope
"""
PENDING = """
select source, scope, min(activity_date) as first_day, max(activity_date) as last_day,
    count(*) as days
from marts.data_status where state = 'pending' and activity_date > $1
group by source, scope order by source, scope
"""

#: What a day did to a streak, and why (game.md section 6).
ACTIONS = {
    "started": "active on a working day: a streak begins",
    "increased": "active on a working day",
    "maintained": "active on a day off: nothing moves",
    "rest": "a day off: nothing moves",
    "frozen": "no activity on a working day: a freeze held the streak",
    "broken": "no activity on a working day, and no freeze was left",
    "idle": "no activity on a working day, and no streak to lose",
    "pending": "waits for a report that is not complete yet",
}


def explain(settings: Settings, who: str, day: date | None) -> Row:
    """The account of a person's day (default: the newest day with XP), as plain values.

    `kind` is `developer`, or `excluded` for a bot or a key that is matched to nobody.

    Args:
        who: a login in any case, or a developer id; also the subject id of an exclusion.

    Raises:
        NightquestError: nothing is published, or it cannot be read.
        SettingsError: nobody is known by that name, or the day is not published.
    """
    if settings.target == "duckdb" and not settings.published_file.exists():
        raise nothing_published()
    with published_marts(settings) as ask:
        if not ask(
            "select 1 as found from information_schema.tables "
            "where lower(table_schema) = 'marts' and lower(table_name) = 'run_status'"
        ):
            raise nothing_published()
        (published,) = ask(RANGE)
        if day and not published["first_day"] <= day <= published["as_of_day"]:
            raise SettingsError(
                f"--day {day} lies outside of what is published; allowed: "
                f"{published['first_day']} to {published['as_of_day']}."
            )
        developers = ask(DEVELOPERS, [who])
        if len(developers) > 1:
            ids = ", ".join(row["developer_id"] for row in developers)
            raise SettingsError(
                f"The login {who} is shown for several developers: name one by its id ({ids})."
            )
        if developers:
            return account_of_developer(ask, developers[0], day, published)
        return account_of_excluded(ask, who, day, published)


def nothing_published() -> NightquestError:
    return NightquestError(
        "Nothing is published yet, so there is nothing to explain: type `nightquest run`, or "
        "`make demo` for a simulated organisation."
    )


def account_of_developer(ask: Ask, developer: Row, day: date | None, published: Row) -> Row:
    key = developer["developer_id"]
    as_of_day = published["as_of_day"]
    day = day or ask(NEWEST_DAY, [key])[0]["day"] or as_of_day
    rows = ask(LEDGER, [key, day])
    evidence: dict[str, list[Row]] = {}
    for found in ask(EVIDENCE, [key, day]):
        evidence.setdefault(found.pop("ledger_id"), []).append(found)
    for row in rows:
        row["evidence"] = evidence.get(row["ledger_id"], [])
    streak = next(iter(ask(STREAK, [key, day])), None)
    if streak:
        streak["why"] = ACTIONS[streak["action"]]
    account = {
        "kind": "developer",
        "developer": developer,
        "as_of_day": as_of_day,
        "total": next(iter(ask(LEVEL, [key, as_of_day])), None),
        "day": day,
        "xp": sum(row["xp"] for row in rows),
        "total_that_day": next(iter(ask(LEVEL, [key, day])), None),
        "rows": rows,
        "exclusions": ask(EXCLUSIONS, [key, day]),
        "streak": streak,
        "missions": ask(OPEN_MISSIONS, [key]),
        "failed_missions": ask(FAILED_MISSIONS, [key, day]),
        "nearest_badges": ask(BADGES, [key]),
        "pending": ask(PENDING, [published["complete_through"]]),
        "why_no_xp": None,
    }
    if not rows:
        account["why_no_xp"] = why_no_xp(
            developer,
            day,
            calendar=next(iter(ask(CALENDAR, [day])), None),
            streak=streak,
            activity=ask(ACTIVITY, [key, day]),
            exclusions=account["exclusions"],
            pending=ask(PENDING_OF_DAY, [day]),
        )
    return account


def why_no_xp(
    developer: Row,
    day: date,
    calendar: Row | None,
    streak: Row | None,
    activity: list[Row],
    exclusions: list[Row],
    pending: list[Row],
) -> list[str]:
    """Why a day has no XP, the plainest reason first; at least one sentence."""
    first, left = developer["first_active_date"], developer["left_on"]
    reasons = []
    if left and day > left:
        reasons.append(f"{developer['login']} left the organisation on {left}.")
    if not first:
        reasons.append("No source has brought anything about this person.")
    elif day < first:
        reasons.append(f"The first activity that any source brought is of {first}.")
    if exclusions:
        reasons.append("What was done is excluded; the reasons stand below.")
    if activity:
        metrics = ", ".join(f"{number(row['value'])} {row['metric']}" for row in activity)
        reasons.append(f"No rule gave XP for what was done: {metrics}.")
    elif first and day >= first and not exclusions:
        reasons.append("No source brought any activity of this day.")
        if calendar and calendar["holiday_name"]:
            reasons.append(f"It was a holiday: {calendar['holiday_name']}.")
        elif calendar and not calendar["is_working_day"]:
            reasons.append("It was no working day.")
        elif streak and not streak["is_working_day"]:
            reasons.append("It was a day of leave.")
    if pending:
        sources = ", ".join(f"{row['source']} {row['scope']}" for row in pending)
        reasons.append(f"Not complete yet: {sources}. What these bring will count.")
    return reasons


def number(value: Any) -> str:
    """A decimal without the zeros at its end."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def account_of_excluded(ask: Ask, who: str, day: date | None, published: Row) -> Row:
    """A bot or an unmatched key: in no table that names people, but in the exclusions.

    Raises:
        SettingsError: nobody is known by that name.
    """
    subjects = [row["developer_id"] for row in ask(EXCLUDED_SUBJECTS, [who])]
    if len(subjects) > 1:
        raise SettingsError(
            f"{who} is a key of several sources: name one of {', '.join(subjects)}."
        )
    if not subjects and who.lower().endswith("[bot]"):
        raise SettingsError(
            f"{who} is a bot by its login: bots earn nothing and are no developers. What rules "
            "would have given them is in marts.fct_xp_exclusions, under their id (github:<number>)."
        )
    if not subjects:
        raise SettingsError(f"Nobody is known as {who}{did_you_mean(ask, who)}")
    sums = ask(SUBJECT_SUMS, subjects)
    day = day or max(row["last_day"] for row in sums)
    return {
        "kind": "excluded",
        "subject": subjects[0],
        "as_of_day": published["as_of_day"],
        "reasons": sums,
        "day": day,
        "exclusions": ask(EXCLUSIONS, [subjects[0], day]),
    }


def did_you_mean(ask: Ask, who: str) -> str:
    """The logins nearest to what was typed, as the end of a sentence."""
    logins = {str(row["login"]).lower(): row["login"] for row in ask(LOGINS)}
    typed = who.lower()
    near = [login for login in logins if typed and (typed in login or login in typed)]
    near += [login for login in get_close_matches(typed, logins, 3) if login not in near]
    if not near:
        return "; `select login, developer_id from marts.dim_developers` lists all."
    return "; did you mean " + " or ".join(str(logins[login]) for login in near[:3]) + "?"
