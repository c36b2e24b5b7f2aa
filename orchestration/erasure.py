"""Erasure: a person's data out of the landing, the warehouse and the next backups; sums stay.

The command writes a tombstone; whatever loads next, the rebuild that follows or the night after a
crash, takes the person out of what was landed, and renames what readers were told. A rebuild then
computes everything from that.
"""

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from ingest.erasure import rewrite
from ingest.errors import NightquestError, SettingsError
from ingest.landing import Landing
from ingest.settings import Settings
from ingest.tables import OPS_ANNOUNCED_AWARDS, OPS_RUNS
from ingest.tombstones import Identifier, Tombstone, Tombstones
from ingest.warehouse import Warehouse, has_table, literal, open_warehouse
from orchestration.publication.nights import current_night
from orchestration.publication.tables import columns_of
from orchestration.resources import night_lock

log = logging.getLogger("nightquest.orchestration")

#: Whom a word means: a login, a developer id, or a key of another source.
SUBJECTS = """
select developer_id as subject_id from core.dim_developers
where lower(login) = lower($1) or developer_id = $1
union
select subject_id from core.state_identities
where (lower(person_key) = lower($1) or subject_id = $1) and not is_bot
"""
#: Everything that the sources call a person, by kind.
IDENTIFIERS = """
select 'login' as kind, login as value
from intermediate.int_accounts_seen where developer_id = $1
union
select 'github_user_id', cast(user_id as varchar)
from intermediate.int_accounts_seen where developer_id = $1
union
select 'github_user_id', replace(subject_id, 'github:', '')
from core.state_identities where subject_id = $1 and key_kind = 'account'
union
select key_kind, person_key
from core.state_identities where subject_id = $1 and key_kind <> 'account'
union
select 'email', email
from raw_github.member_emails where 'github:' || cast(user_id as varchar) = $1
union
select key_kind, match_key from intermediate.int_people_listed where developer_id = $1
union
select 'email', email from intermediate.int_people_listed where developer_id = $1
union
select 'employee_id', employee_id from intermediate.int_people_listed where developer_id = $1
union
select 'login', github_login from intermediate.int_people_listed where developer_id = $1
union
select 'name', display_name from intermediate.int_people_listed where developer_id = $1
union
select 'any', match_key from intermediate.int_identity_map_held where developer_id = $1
"""
DEVELOPERS = """
select developer_id from core.dim_developers union select developer_id from ops.announced_awards
"""
#: A developer id is a text of its own or a part of one between other signs, as in an attempt's id.
RENAMED = {
    "duckdb": r"regexp_replace({column}, '(^|[^0-9a-z]){old}($|[^0-9])', '\1{new}\2', 'g')",
    "postgres": r"regexp_replace({column}, '(^|[^0-9a-z]){old}($|[^0-9])', '\1{new}\2', 'g')",
    "snowflake": r"regexp_replace({column}, '(^|[^0-9a-z]){old}($|[^0-9])', '\\1{new}\\2')",
}
TEXTS = ("varchar", "text", "character varying")


@dataclass(frozen=True)
class Erasure:
    """What an erasure has begun.

    Attributes:
        pseudonym: what stands in the person's place from now on.
        is_repeated: the person was erased before, and everything is looked through again.
    """

    pseudonym: str
    is_repeated: bool


def erase(settings: Settings, who: str) -> Erasure:
    """Write the tombstone of a person; the next load, of a rebuild or a night, does the rest.

    Args:
        who: a login in any case, a developer id, or a key of another source (an e-mail address).

    Raises:
        NightquestError: nothing is published yet, or a night is at work.
        SettingsError: nobody, or more than one, is known by that name.
    """
    with night_lock(settings), open_warehouse(settings) as warehouse:
        tombstones = Tombstones(Landing(settings.landing).store)
        night = current_night(warehouse)
        if not night or not has_table(warehouse, "intermediate", "int_accounts_seen"):
            raise NightquestError(
                "Nobody can be erased before a night was published here: type `nightquest run`, "
                "or after a restore `nightquest rebuild`."
            )
        subject = subject_of(warehouse, who)
        if subject is None:
            buried = tombstones.named(who)
            if buried:
                return Erasure(buried.key, is_repeated=True)
            raise SettingsError(
                f"Nobody is known as {who!r}; allowed: a login, a developer id such as "
                "github:1234, or the key by which another source names a person."
            )
        tombstone = tombstones.bury(
            identifiers_of(warehouse, subject),
            night.as_of_day,
            has_account=subject.startswith("github:"),
        )
    return Erasure(tombstone.key, is_repeated=False)


def subject_of(warehouse: Warehouse, who: str) -> str | None:
    """The developer, or the unmatched key, that a word means; None where nobody is called so."""
    found = warehouse.query(SUBJECTS, [who])["subject_id"].to_list()
    if len(found) > 1:
        raise SettingsError(
            f"{who!r} is more than one: {', '.join(sorted(found))}. Name one of these."
        )
    return found[0] if found else None


def identifiers_of(warehouse: Warehouse, subject: str) -> set[Identifier]:
    rows = warehouse.query(IDENTIFIERS, [subject]).iter_rows()
    return {(kind, value) for kind, value in rows if value}


def finish_erasures(settings: Settings, warehouse: Warehouse) -> None:
    """Take whoever was erased out of what was landed and out of what readers were told.

    Called by each load, before it loads: a killed erasure is finished by whatever runs next. Where
    anything had to be renamed, the run computes everything.
    """
    landing = Landing(settings.landing)
    if not (tombstones := Tombstones(landing.store)):
        return
    if tombstones.unfinished:
        rewritten = rewrite(landing)
        shutil.rmtree(settings.home / "cache", ignore_errors=True)
        log.info("Erased from the landing: %s payloads rewritten", f"{rewritten:,}")
    if not has_table(warehouse, "core", "dim_developers"):
        return
    known = warehouse.query(DEVELOPERS)["developer_id"].to_list()
    for developer in known:
        kind, _, number = developer.partition(":")
        if kind == "github" and (buried := tombstones.of("github_user_id", number)):
            rename(warehouse, developer, buried)


def rename(warehouse: Warehouse, developer: str, tombstone: Tombstone) -> None:
    """Put the pseudonym in a developer's place wherever published rows name them."""
    new = tombstone.key
    with warehouse.transaction():
        for path, columns in text_columns(warehouse):
            sets = ", ".join(
                f"{column} = {renamed(warehouse, column, developer, new)}" for column in columns
            )
            which = " or ".join(f"{column} like '%{developer}%'" for column in columns)
            warehouse.execute(f"update {path} set {sets} where {which}")
        warehouse.execute(
            "update core.dim_developers set login = $1, display_name = $1 where developer_id = $1",
            [new],
        )
        # As fct_notifications makes it: only those of corrections outlive a rebuild.
        warehouse.execute(
            "update core.fct_notifications set notification_id = md5(developer_id || '|' "
            "|| cast(activity_date as varchar) || '|' || type || '|' || reference_id) "
            "where developer_id = $1",
            [new],
        )
        # Nothing carries on from these rows: the next build computes everything.
        warehouse.execute(f"update {OPS_RUNS.path} set basis_hash = null")


def renamed(warehouse: Warehouse, column: str, old: str, new: str) -> str:
    return RENAMED[warehouse.target].format(column=column, old=old, new=new)


def text_columns(warehouse: Warehouse) -> Iterator[tuple[str, list[str]]]:
    """The text columns of what is published, and of the record of announced awards."""
    for table, columns in columns_of(warehouse, "core").items():
        texts = [name for name, kind in columns.items() if kind.lower() in TEXTS]
        if texts:
            yield f"core.{table}", texts
    yield OPS_ANNOUNCED_AWARDS.path, ["developer_id", "reference_id"]


def compact(settings: Settings) -> None:
    """Write the work file anew: DuckDB leaves deleted rows in blocks that it fills again later.

    On the other targets the server's own vacuum does that.
    """
    if settings.target != "duckdb":
        return
    beside = settings.work_file.with_name(f".{settings.work_file.name}.writing")
    with night_lock(settings):
        beside.unlink(missing_ok=True)
        with duckdb.connect() as connection:
            connection.execute(f"attach {literal(settings.work_file)} as held (read_only)")
            connection.execute(f"attach {literal(beside)} as fresh")
            connection.execute("copy from database held to fresh")
        beside.chmod(0o600)
        beside.replace(settings.work_file)
