"""A rule pack that was found right: its entries, its hash, its rows for the warehouse."""

import hashlib
import json
from dataclasses import dataclass

import polars as pl

from ingest.rules import frames
from ingest.rules.metrics import Metric
from ingest.rules.models import Badge, Challenge, Game, Mission, XpRule
from ingest.tables import Table


@dataclass(frozen=True)
class RulePack:
    """One game, validated. `metrics` are the built-in and the declared ones.

    `warnings` are one line each: what is allowed, but perhaps not meant.
    """

    game: Game
    xp_rules: tuple[XpRule, ...]
    missions: tuple[Mission, ...]
    challenges: tuple[Challenge, ...]
    badges: tuple[Badge, ...]
    metrics: tuple[Metric, ...]
    warnings: list[str]

    @property
    def time_zone(self) -> str:
        """The organisation's IANA time zone, in which time-stamped facts get their game day."""
        return self.game.calendar.time_zone

    @property
    def text(self) -> str:
        """What the pack says, as JSON: `pack_of_text` reads it back.

        Comments, the order of keys and of entries, spellings of one number, and defaults that are
        written out make no difference. A default that a later release adds makes none either.
        """
        content: dict[str, object] = {
            "game": self.game.model_dump(mode="json", exclude_defaults=True)
        }
        for name in ("xp_rules", "missions", "challenges", "badges"):
            entries = sorted(getattr(self, name), key=lambda entry: (entry.id, entry.version))
            content[name] = [
                entry.model_dump(mode="json", exclude_defaults=True) for entry in entries
            ]
        return json.dumps(content, sort_keys=True, ensure_ascii=False)

    @property
    def hash(self) -> str:
        """SHA-256, in hex, of what the pack says."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def frames(self) -> dict[Table, pl.DataFrame]:
        """The rows of every `raw_rules` table, each frame with the table's columns and types."""
        rows = {
            **frames.game_rows(self.game, self.hash),
            **frames.metric_rows(self.metrics),
            **frames.xp_rule_rows(self.xp_rules),
            **frames.mission_rows(self.missions, self.challenges),
            **frames.badge_rows(self.badges),
        }
        return {table: table.frame(entries) for table, entries in rows.items()}
