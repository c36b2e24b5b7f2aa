"""docs/dictionary.md says what the contracts say, and the contracts say enough."""

import copy

import pytest

from orchestration.assets.models import mart_models
from orchestration.dictionary import DICTIONARY, ORDER, dictionary, public_tables

TABLES = public_tables()
#: With those that a night reads and no reader does.
MARTS = [*mart_models("table"), *mart_models("view")]


def test_the_committed_dictionary_is_what_the_contracts_give() -> None:
    found = DICTIONARY.read_text(encoding="utf-8")
    assert found == dictionary(TABLES), "type `python -m orchestration.dictionary`"


def test_every_public_table_has_its_place_in_the_dictionary() -> None:
    assert sorted(ORDER) == sorted(TABLES)


def test_every_mart_says_its_grain() -> None:
    silent = [mart["name"] for mart in MARTS if "One row per " not in mart["description"]]
    assert silent == []


def test_every_column_of_a_mart_has_words_and_a_type() -> None:
    silent = [
        f"{mart['name']}.{column['name']}"
        for mart in MARTS
        for column in mart["columns"].values()
        if not column["description"].strip() or not column["data_type"]
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("dim_teams", "- Policy: none, all rows are shown under each"),
        ("fct_xp_ledger", "- Policy: rows about people (`developer_id`)"),
        ("fct_org_days", "- Policy: small groups: rows whose `active_members` is low, but not 0"),
        ("fct_mission_attempts", "- Key: `attempt_id`"),
        ("run_status", "- Key: none, there is one row"),
        (
            "dim_badge_conditions",
            "- Joins: `dim_badges` on `badge_id`, `version`, `dim_metrics` on `metric`",
        ),
        (
            "dim_developers",
            "| `first_active_date` | date | yes | First day with any metric above 0. |",
        ),
    ],
)
def test_a_table_tells_its_key_its_policy_its_joins_and_its_columns(table: str, line: str) -> None:
    section = dictionary(TABLES).split(f"\n## {table}\n")[1].split("\n## ")[0]
    assert line in section.splitlines()


def test_a_bar_in_a_description_does_not_end_its_cell() -> None:
    tables = copy.deepcopy(TABLES)
    tables["dim_teams"]["columns"]["team_name"]["description"] = "one | two"
    assert r"| `team_name` | varchar | no | one \| two |" in dictionary(tables)
