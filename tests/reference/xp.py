"""Activity XP: rules, caps and what they took away; adjustments (game.md sections 2 and 9)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from .activity import Activity, github_subject
from .days import is_valid
from .exact import exact, half_up
from .facts import Facts, Row
from .ledger import Ledger
from .people import People


def rule_xp(rule: Row, value: Decimal) -> int:
    """XP of a rule for a day's value, before both caps."""
    return half_up(exact(rule["points"]) * exact(value) / exact(rule["per"]))


def rules_of_day(facts: Facts, day: date) -> list[Row]:
    """The versions that hold on the day, in the order in which the daily cap serves them."""
    held = [rule for rule in facts["raw_rules.xp_rules"] if is_valid(rule, day)]
    return sorted(held, key=lambda rule: (rule["priority"], rule["rule_id"]))


def versions_missed(facts: Facts, day: date) -> list[Row]:
    """Of each rule of which no version holds on the day, the nearest: the one that ended last
    before it, else the first to begin after it.
    """
    versions: dict[str, list[Row]] = defaultdict(list)
    for rule in facts["raw_rules.xp_rules"]:
        versions[rule["rule_id"]].append(rule)
    missed = []
    for of_rule in versions.values():
        if any(is_valid(rule, day) for rule in of_rule):
            continue
        ended = [rule for rule in of_rule if rule["valid_to"] and rule["valid_to"] < day]
        missed.append(
            max(ended, key=lambda rule: rule["valid_to"])
            if ended
            else min(of_rule, key=lambda rule: rule["valid_from"])
        )
    return missed


def exclusion(subject_id: str, day: date, what: str, reason: str, xp: int) -> Iterator[Row]:
    if xp > 0:
        yield {
            "developer_id": subject_id,
            "activity_date": day,
            "subject": what,
            "reason_code": reason,
            "xp_forgone": xp,
        }


def award_day(
    facts: Facts,
    ledger: Ledger,
    developer_id: str,
    day: date,
    metrics: dict[str, Decimal],
) -> Iterator[Row]:
    """Write one developer's activity XP of a day; yields what the two caps took."""
    left = facts.pack["daily_activity_cap"]
    for rule in rules_of_day(facts, day):
        if rule["metric"] not in metrics:
            continue
        name = rule["rule_id"]
        before = rule_xp(rule, metrics[rule["metric"]])
        capped = before if rule["daily_cap"] is None else min(before, rule["daily_cap"])
        yield from exclusion(developer_id, day, name, "daily_cap", before - capped)
        given = capped if left is None else min(capped, left)
        yield from exclusion(developer_id, day, name, "activity_cap", capped - given)
        left = None if left is None else left - given
        ledger.add(developer_id, day, "activity", name, rule["version"], given, before)


def award_activity(
    facts: Facts,
    people: People,
    activity: Activity,
    ledger: Ledger,
) -> Iterator[Row]:
    """Write all activity XP; yields the rows of `fct_xp_exclusions`.

    XP that a bot, an unmatched key, a rule out of its time or what does not count would have
    brought is named by rule, as the value before both caps.
    """
    bots = {github_subject(user_id) for user_id in people.bots}
    for subject, days in activity.daily.items():
        if subject in bots:
            reason = "bot"
        elif not subject.startswith("github:"):
            reason = "unmatched_identity"
        else:
            for day, metrics in days.items():
                yield from award_day(facts, ledger, subject, day, metrics)
                for rule in versions_missed(facts, day):
                    forgone = rule_xp(rule, metrics.get(rule["metric"], Decimal(0)))
                    yield from exclusion(subject, day, rule["rule_id"], "rule_not_valid", forgone)
            continue
        for day, metrics in days.items():
            for rule in rules_of_day(facts, day):
                forgone = rule_xp(rule, metrics.get(rule["metric"], Decimal(0)))
                yield from exclusion(subject, day, rule["rule_id"], reason, forgone)
    for reason, subjects in activity.uncounted.items():
        for subject in subjects.keys() - bots:
            for day, metrics in subjects[subject].items():
                for rule in rules_of_day(facts, day):
                    forgone = rule_xp(rule, metrics.get(rule["metric"], Decimal(0)))
                    yield from exclusion(subject, day, rule["rule_id"], reason, forgone)


def signed_adjustments(facts: Facts, people: People) -> Iterator[tuple[str, Row]]:
    """Corrections that two different people stand for, with the developer whom they mean."""
    for row in facts.until_as_of("raw_filedrop.adjustments"):
        signers = (row["requested_by"], row["approved_by"])
        user_id = people.find("file", row)
        if None not in signers and signers[0] != signers[1] and user_id in people.developers:
            yield github_subject(user_id), row


def award_adjustments(facts: Facts, people: People, ledger: Ledger) -> None:
    for developer_id, row in signed_adjustments(facts, people):
        ledger.add(
            developer_id,
            row["activity_date"],
            "adjustment",
            row["adjustment_id"],
            None,
            row["xp"],
        )


def read_revocations(facts: Facts, people: People) -> set[tuple[str, str, str | None]]:
    """(developer, badge, season) of each award that an adjustment revokes."""
    return {
        (developer_id, row["badge_id"], row["season"])
        for developer_id, row in signed_adjustments(facts, people)
        if row["badge_id"] is not None
    }
