"""Rows of Copilot reports: users-1-day with all the fields that GitHub documents, and user-teams.

As in GitHub's, the top-level sums equal the sums over `totals_by_feature` and (interactions
apart) over `totals_by_language_feature`; those by IDE and by model need not, and leave some out.
"""

import random
from collections.abc import Iterable
from datetime import date
from typing import Any

from ingest.simulator.organisation import Team

#: GitHub leaves smaller teams out of the user-teams report.
SMALLEST_TEAM = 5

FEATURES = (
    "code_completion", "chat_panel_ask_mode", "chat_panel_agent_mode", "agent_edit", "chat_inline",
)  # fmt: skip
LANGUAGES = ("python", "typescript", "sql", "go", "markdown", "yaml", "java", "unknown")
MODELS = ("gpt-5.1", "claude-sonnet-4.5", "gemini-3-pro", "auto")
IDES = ("vscode", "jetbrains", "visualstudio", "neovim")

LINES = (
    "loc_suggested_to_add_sum", "loc_suggested_to_delete_sum", "loc_added_sum", "loc_deleted_sum",
)  # fmt: skip
CODE = ("code_generation_activity_count", "code_acceptance_activity_count", *LINES)
COUNTERS = ("user_initiated_interaction_count", *CODE)

Counts = dict[str, int]


def copilot_row(
    rng: random.Random, day: date, user_id: int, login: str, is_active: bool, taste: float
) -> dict[str, Any]:
    """The row of a person and day, all zero unless active.

    `taste` (0..1) leans the person towards some features, languages and models, always the same.
    """
    by_feature = _features(rng, taste) if is_active else {}
    split = [
        (feature, language, counts)
        for feature, total in by_feature.items()
        for language, counts in _split(rng, total, LANGUAGES, taste)
    ]
    by_model = [
        (feature, model, counts)
        for feature, total in by_feature.items()
        if feature != "code_completion"
        for model, counts in _split(rng, total, MODELS, taste, COUNTERS)
    ]
    has_cli = is_active and rng.random() < 0.15
    editor = IDES[int(taste * len(IDES))]
    seen = f"{day.isoformat()}T17:00:00.000Z"
    total = _sum(by_feature.values())
    return {
        "day": day.isoformat(),
        "user_id": user_id,
        "user_login": login,
        "enterprise_id": "1",
        "organization_id": "1",
        **total,
        "ai_credits_used": round(rng.random() * 6, 2) if is_active else 0.0,
        "used_agent": "chat_panel_agent_mode" in by_feature,
        "used_chat": any(feature.startswith("chat") for feature in by_feature),
        "used_cli": has_cli,
        # Null is not false: GitHub does not know these for every row.
        "used_copilot_cloud_agent": None if rng.random() < 0.3 else False,
        "used_copilot_coding_agent": False,
        "used_copilot_code_review_active": rng.choice((None, False, is_active)),
        "used_copilot_code_review_passive": None,
        "totals_by_ide": [
            {
                "ide": editor,
                **by_feature.get("code_completion", total),
                "last_known_ide_version": {"ide_version": "1.105.0", "sampled_at": seen},
                "last_known_plugin_version": {
                    "plugin": "copilot-chat", "plugin_version": "0.32.1", "sampled_at": seen,
                },
            }
        ] if is_active else [],
        "totals_by_feature": [{"feature": name, **counts} for name, counts in by_feature.items()],
        "totals_by_language_feature": [
            {"language": language, "feature": feature, **counts}
            for feature, language, counts in split
        ],
        "totals_by_language_model": [
            {"language": LANGUAGES[int(taste * len(LANGUAGES))], "model": model,
             **{name: counts[name] for name in CODE}}
            for _, model, counts in by_model
        ],
        "totals_by_model_feature": [
            {"model": model, "feature": feature, **counts} for feature, model, counts in by_model
        ],
        **({"totals_by_cli": _cli(rng, seen)} if has_cli else {}),
        "etl_id": "green",
        "day_partition": day.isoformat(),
        "entity_id_partition": 1,
    }  # fmt: skip


def user_team_rows(
    day: date, user_id: int, login: str, teams: Iterable[Team]
) -> list[dict[str, Any]]:
    """The rows of a person and day in the user-teams report: one for each team that is large."""
    return [
        {
            "user_id": user_id,
            "user_login": login,
            "day": day.isoformat(),
            "organization_id": "1",
            "team_id": team.team_id,
            "slug": team.slug,
        }
        for team in teams
        if len(team.members) >= SMALLEST_TEAM
        and any(person.user_id == user_id for person in team.members)
    ]


def _features(rng: random.Random, taste: float) -> dict[str, Counts]:
    """Counts of one to four features; an agent's edits add lines that nobody was suggested."""
    number = rng.choice((1, 1, 2, 2, 3, 4))
    weights = [1.5 + (taste > n / len(FEATURES)) for n in range(len(FEATURES))]
    chosen = {rng.choices(FEATURES, weights)[0] for _ in range(number)}
    features = {}
    for feature in sorted(chosen):
        generations = 1 + int(rng.expovariate(1 / 12))
        acceptances = sum(rng.random() < 0.3 for _ in range(generations))
        suggested = generations * rng.randint(1, 9)
        added = suggested * acceptances // generations
        is_agent = feature == "agent_edit"
        features[feature] = {
            "user_initiated_interaction_count": rng.randint(1, 15) if "chat" in feature else 0,
            "code_generation_activity_count": generations,
            "code_acceptance_activity_count": acceptances,
            "loc_suggested_to_add_sum": 0 if is_agent else suggested,
            "loc_suggested_to_delete_sum": 0 if is_agent else suggested // 5,
            "loc_added_sum": suggested * 4 if is_agent else added,
            "loc_deleted_sum": suggested if is_agent else added // 6,
        }
    return features


def _split(
    rng: random.Random, total: Counts, values: tuple[str, ...], taste: float,
    names: tuple[str, ...] = CODE,
) -> list[tuple[str, Counts]]:  # fmt: skip
    """The counts dealt out over one or two values, which add up to them."""
    favourite = int(taste * len(values))
    if rng.random() < 0.6:
        return [(values[favourite], {name: total[name] for name in names})]
    other = (favourite + rng.randint(1, len(values) - 1)) % len(values)
    less = {name: rng.randint(0, total[name]) for name in names}
    more = {name: total[name] - less[name] for name in names}
    return [(values[favourite], more), (values[other], less)]


def _sum(parts: Iterable[Counts]) -> Counts:
    parts = list(parts)
    return {name: sum(part[name] for part in parts) for name in COUNTERS}


def _cli(rng: random.Random, seen: str) -> dict[str, Any]:
    requests = rng.randint(1, 20)
    return {
        "session_count": rng.randint(1, 4),
        "prompt_count": rng.randint(1, 10),
        "request_count": requests,
        "token_usage": {
            "prompt_tokens_sum": requests * 1900,
            "output_tokens_sum": requests * 2500,
            "avg_tokens_per_request": 4400.0,
        },
        "last_known_cli_version": {"cli_version": "1.0.8", "sampled_at": seen},
    }
