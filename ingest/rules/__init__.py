"""The rule pack: a folder of YAML files that define one game, validated when loaded.

Its source is the organisation itself: no lag, no limits; `default/` ships with the project.
"""

from ingest.rules.changes import Change, changes_between
from ingest.rules.loading import load_pack, pack_of_text
from ingest.rules.metrics import Metric
from ingest.rules.pack import RulePack
from ingest.rules.problems import RulePackError

__all__ = [
    "Change",
    "Metric",
    "RulePack",
    "RulePackError",
    "changes_between",
    "load_pack",
    "pack_of_text",
]
