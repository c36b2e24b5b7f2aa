"""From the inbox to the landing: whole files, once, whatever happens on the way."""

import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from moto.server import ThreadedMotoServer
from pyarrow import fs

from ingest.errors import SettingsError, SourceError
from ingest.filedrop import fetch
from ingest.filedrop.fetch import InboxReport, land_inbox
from ingest.filedrop.inbox import Folder, open_inbox
from ingest.landing import Landing, Load
from ingest.loading import load_raw
from ingest.settings import Settings
from ingest.warehouse import DuckDBWarehouse

NIGHT = date(2026, 5, 8)
#: Long after every file of a test was written.
NOW = 4_000_000_000.0
LEAVE = b"login,day\nada,2026-05-07\nbob,2026-05-08\n"


class Dropping:
    """An inbox folder, and nights that look into it."""

    def __init__(self, settings: Settings, landing: Landing) -> None:
        self.folder = settings.home / "inbox"
        self.folder.mkdir()
        self.settings = settings.model_copy(update={"inbox": str(self.folder)})
        self.landing = landing

    def drop(self, path: str | bytes, content: bytes = LEAVE) -> Path:
        target = self.folder / os.fsdecode(path)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        return target

    def night(self, as_of_day: date = NIGHT, **given: Any) -> InboxReport:
        waits: dict[str, Any] = {"clock": lambda: NOW, "sleep": lambda _: None}
        return land_inbox(self.settings, self.landing, as_of_day, "UTC", **waits | given)

    def outcomes(self, **given: Any) -> list[tuple[str, str]]:
        return [(file.path, file.outcome) for file in self.night(**given).files]

    def left(self) -> list[str]:
        return self.names(".")

    def names(self, folder: str) -> list[str]:
        return sorted(path.name for path in (self.folder / folder).glob("*") if path.is_file())

    def text(self, folder: str) -> str:
        """The one report there."""
        (path,) = (self.folder / folder).glob("*.report.txt")
        return path.read_text()

    def days(self, shape: str) -> list[tuple[str, date, int]]:
        """What is landed of a shape: file, day, rows."""
        states = self.landing.states()
        states = states.filter(states["dataset"] == shape).sort("scope", "day")
        return states.select("scope", "day", "row_count").rows()


@pytest.fixture
def inbox(settings: Settings, landing: Landing) -> Dropping:
    return Dropping(settings, landing)


def test_no_inbox_is_nothing_to_do(settings: Settings, landing: Landing) -> None:
    for place in (None, ""):
        configured = settings.model_copy(update={"inbox": place})
        assert land_inbox(configured, landing, NIGHT, "UTC").files == []


def test_an_empty_inbox_is_not_looked_at_twice(inbox: Dropping) -> None:
    def sleep(_: float) -> None:
        raise AssertionError("nothing to wait for")

    assert inbox.night(sleep=sleep).files == []


def test_a_good_file_is_landed_by_day_and_moved_to_done_with_a_report(inbox: Dropping) -> None:
    inbox.drop("leave-2026.csv")
    report = inbox.night()
    assert [(file.path, file.shape, file.outcome, file.said) for file in report.files] == [
        ("leave-2026.csv", "leave", "loaded", "2 rows"),
    ]
    assert inbox.days("leave") == [
        ("leave-2026.csv", date(2026, 5, 7), 1), ("leave-2026.csv", date(2026, 5, 8), 1),
    ]  # fmt: skip
    assert (report.of("leave").rows, report.of("leave").changed_days) == (2, 2)
    archived, written = inbox.names("done")
    assert (inbox.folder / "done" / archived).read_bytes() == LEAVE
    assert written == f"{archived}.report.txt"
    said = inbox.text("done")
    assert "Loaded: 'leave-2026.csv' as leave," in said
    assert "2 rows, days 2026-05-07 to 2026-05-08." in said
    # sha256sum of the file
    assert "SHA-256 aec3d10eaaf81dfde2e3cfd387829cf6a44408c16e9ac5a47bec1d3d24ba057c" in said
    assert inbox.left() == []


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("leave/x.csv", "leave"), ("opt-outs/x.csv", "opt_outs"), ("Opt_Ins/x.CSV", "opt_ins"),
        ("leave.csv", "leave"), ("opt-outs.csv", "opt_outs"), ("OPT_INS_2026.csv", "opt_ins"),
        ("leave2026.csv", "leave"), ("leave/people.csv", "leave"),
    ],
)  # fmt: skip
def test_the_folder_or_the_beginning_of_the_name_tells_the_shape(
    inbox: Dropping, path: str, shape: str
) -> None:
    inbox.drop(path)
    (file,) = inbox.night().files
    assert (file.shape, file.outcome) == (shape, "loaded")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("holidays.csv", "The beginning of the file's name is no shape; allowed are the "
         "sub-folders activity, challenge_attempts, people, leave, adjustments, identity_map, "
         "opt_ins, opt_outs, or a name that begins with one of these"),
        ("leaves.csv", "The beginning of the file's name is no shape"),
        ("old/leave.csv", "The folder 'old' is no shape"),
        ("leave.xlsx", "ends in '.xlsx'; allowed are .csv, .ndjson, .jsonl, .parquet"),
        ("leave.csv.gz", "ends in '.gz'"),
        ("leave", "ends in ''"),
        ("leave\n.csv", "holds characters that cannot be printed"),
        (b"leave-\xff.csv", "holds characters that cannot be printed"),
        ("leave-" + "\N{SNOWMAN}" * 23 + ".csv", "The file's name is too long"),
        ("leave-" + "x" * 245 + ".csv", "The file's name is too long"),
    ],
)  # fmt: skip
def test_a_file_whose_place_tells_nothing_is_rejected_and_stays_in_the_inbox(
    inbox: Dropping, path: str | bytes, said: str
) -> None:
    before = set(inbox.folder.parent.iterdir()) | {inbox.landing.folder}
    inbox.drop(path)
    (file,) = inbox.night().files
    assert file.outcome == "rejected"
    assert said in file.said
    assert said in inbox.text("rejected")
    assert len(inbox.names("rejected")) == 2
    assert all(name.isprintable() and len(name) < 200 for name in inbox.names("rejected"))
    assert inbox.left() == []
    assert set(inbox.folder.parent.iterdir()) <= before
    assert inbox.landing.states().is_empty()


def test_a_name_that_looks_like_a_way_out_is_only_a_name(inbox: Dropping) -> None:
    for path in ("leave/x..%2F..%2Fevil.csv", "leave/..%2F..%2Fhidden.csv", "leave/a\\b.csv"):
        inbox.drop(path, LEAVE + path.encode().replace(b",", b"") + b",2026-05-07\n")
    assert sorted(inbox.outcomes()) == [
        ("leave/a\\b.csv", "loaded"), ("leave/x..%2F..%2Fevil.csv", "loaded"),
    ]  # fmt: skip
    stored = [path.relative_to(inbox.landing.folder) for path in inbox.landing.folder.rglob("*.gz")]
    assert all(path.parts[0].startswith("filedrop.") for path in stored)
    assert len(inbox.names("done")) == 4
    assert inbox.names("leave") == ["..%2F..%2Fhidden.csv"]


def test_a_mistake_rejects_the_whole_file_with_a_report_for_people(inbox: Dropping) -> None:
    inbox.drop("leave/may.csv", LEAVE + b"cid,2026-05-32\n,2026-05-09\n")
    (file,) = inbox.night().files
    wanted = "a day such as 2026-11-18, from 2000 to 2099"
    assert file.said == f"row 4, column day: found '2026-05-32'; allowed: {wanted}, and 1 more"
    assert inbox.text("rejected") == (
        "Rejected: 'leave/may.csv' as leave, 2096-10-02 07:06:40 UTC.\n"
        "Nothing of it was loaded. Correct it, and drop it again.\n"
        "2 mistakes. Row 1 is the header, row 2 the first row below it.\n"
        "\n"
        f"row 4, column day: found '2026-05-32'; allowed: {wanted}\n"
        "row 5, column login: found nothing; allowed: text of one line, at most 1,000 characters\n"
    )
    assert inbox.landing.states().is_empty()


@pytest.mark.parametrize("content", [b"", b"login,day\n", b"login,day\n\n,\n"])
def test_a_file_without_rows_is_rejected(inbox: Dropping, content: bytes) -> None:
    inbox.drop("leave.csv", content)
    assert inbox.outcomes() == [("leave.csv", "rejected")]


def test_a_file_of_the_same_name_replaces_the_one_before_as_a_whole(inbox: Dropping) -> None:
    inbox.drop("leave.csv")
    inbox.night()
    inbox.drop("leave/leave.csv", b"login,day\nbob,2026-05-08\nbob,2026-05-09\n")
    report = inbox.night()
    assert inbox.days("leave") == [
        ("leave.csv", date(2026, 5, 7), 0), ("leave.csv", date(2026, 5, 8), 1),
        ("leave.csv", date(2026, 5, 9), 1),
    ]  # fmt: skip
    assert report.of("leave").changed_days == 2
    texts = [path.read_text() for path in (inbox.folder / "done").glob("*.txt")]
    assert sum("It replaces the 2 rows of this file as load " in text for text in texts) == 1


def test_what_was_replaced_can_be_dropped_again(inbox: Dropping) -> None:
    for content in (LEAVE, LEAVE[:25], LEAVE):
        inbox.drop("leave.csv", content)
        assert inbox.outcomes() == [("leave.csv", "loaded")]
    assert [rows for _, _, rows in inbox.days("leave")] == [1, 1]


@pytest.mark.parametrize("shape", ["leave", "people", "identity_map"])
def test_a_file_of_the_same_name_without_rows_takes_everything_back(
    inbox: Dropping, shape: str
) -> None:
    content = {
        "leave": LEAVE,
        "people": b"login,name\nada,Ada\n",
        "identity_map": b"source,source_key,github_user_id\nfile,a,1\n",
    }[shape]
    for name in ("a", "b"):
        inbox.drop(f"{shape}/{name}.csv", content.replace(b"ada", name.encode() * 3))
        inbox.night(date(2026, 5, 1))
    for name in ("a", "b"):
        inbox.drop(f"{shape}/{name}.csv", content.split(b"\n")[0] + b"\n")
        inbox.night()
    assert {rows for scope, _, rows in inbox.days(shape) if scope == "a.csv"} == {0}


def test_the_same_content_is_loaded_once_under_whatever_name(inbox: Dropping) -> None:
    inbox.drop("leave.csv")
    inbox.night()
    inbox.drop("leave.csv")
    inbox.drop("leave/copy.csv")
    files = inbox.night().files
    assert [(file.outcome, file.said) for file in files] == [
        ("already loaded", "the same content is loaded as 'leave.csv'")
    ] * 2
    assert {scope for scope, _, _ in inbox.days("leave")} == {"leave.csv"}
    assert len(inbox.names("done")) == 6


def test_the_same_content_in_another_shape_is_another_file(inbox: Dropping) -> None:
    inbox.drop("opt-ins/x.csv")
    inbox.drop("opt-outs/x.csv")
    assert [outcome for _, outcome in inbox.outcomes()] == ["loaded", "loaded"]
    assert len(inbox.names("done")) == 4


def test_people_are_snapshots_of_the_night(inbox: Dropping) -> None:
    for day, content in [(1, b"login,name\nada,Ada\n"), (2, b"name,login\nAda,ada\n"),
                         (3, b"login,name\nada,Ada L\n")]:  # fmt: skip
        inbox.drop("people.csv", content)
        assert inbox.outcomes(as_of_day=date(2026, 5, day)) == [("people.csv", "loaded")]
    assert inbox.days("people") == [
        ("people.csv", date(2026, 5, 1), 1), ("people.csv", date(2026, 5, 3), 1),
    ]  # fmt: skip


def test_an_adjustment_s_id_belongs_to_one_file(inbox: Dropping) -> None:
    header = b"login,day,xp,reason,requested_by,approved_by,adjustment_id\n"
    content = header + b"ada,2026-05-07,5,r,x,y,A-1\n"
    inbox.drop("adjustments-1.csv", content)
    inbox.drop("adjustments-2.csv", content.replace(b",5,", b",6,"))
    first, second = inbox.night().files
    assert (first.outcome, second.outcome) == ("loaded", "rejected")
    assert "column adjustment_id: found 'A-1'; allowed: an id that no other file" in second.said
    inbox.drop("adjustments-1.csv", content.replace(b",5,", b",7,"))
    assert inbox.outcomes() == [("adjustments-1.csv", "loaded")]


def test_what_is_not_meant_is_left_alone(inbox: Dropping) -> None:
    names = [".leave.csv", "leave.csv.part", "leave.csv.tmp", "~$leave.csv", "leave.csv.PART"]
    for name in names:
        inbox.drop(name)
    inbox.drop(".hidden/leave.csv")
    (inbox.folder / "leave" / "deep").mkdir(parents=True)
    (inbox.folder / "leave" / "deep" / "leave.csv").write_bytes(LEAVE)
    os.mkfifo(inbox.folder / "leave" / "pipe.csv")
    assert inbox.night().files == []
    assert inbox.left() == sorted(names)


def test_links_are_not_followed(inbox: Dropping, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "leave.csv").write_bytes(LEAVE)
    (inbox.folder / "leave.csv").symlink_to(outside / "leave.csv")
    (inbox.folder / "leave").symlink_to(outside)
    assert inbox.night().files == []
    with pytest.raises(OSError, match="symbolic links"):
        Folder(inbox.folder).read("leave.csv")
    with pytest.raises(OSError, match="Not a directory"):
        Folder(inbox.folder).read("leave/leave.csv")
    (inbox.folder / "done").symlink_to(outside)
    with pytest.raises(SourceError, match=r"done in the inbox .* is a link"):
        inbox.night()


def test_a_file_that_grows_between_two_looks_waits(inbox: Dropping) -> None:
    path = inbox.drop("leave.csv")

    def growing(seconds: float) -> None:
        assert seconds >= 1
        with path.open("ab") as file:
            file.write(b"cid,2026-05-09\n")

    (file,) = inbox.night(sleep=growing).files
    assert (file.outcome, file.said) == ("waiting", "it changed a moment ago, and may still grow")
    assert inbox.outcomes() == [("leave.csv", "loaded")]
    assert len(inbox.days("leave")) == 3


@pytest.mark.parametrize(("age", "waited"), [(1, 4), (4, 2), (3600, 2), (-60, 2)])
def test_a_file_is_looked_at_again_once_it_is_five_seconds_old(
    inbox: Dropping, age: float, waited: float
) -> None:
    path = inbox.drop("leave.csv")
    os.utime(path, (NOW - age, NOW - age))
    slept: list[float] = []
    assert inbox.outcomes(sleep=slept.append) == [("leave.csv", "loaded")]
    assert slept == [waited]


def test_a_clock_that_runs_ahead_keeps_no_file_for_ever(inbox: Dropping) -> None:
    os.utime(inbox.drop("leave.csv"), (NOW + 1e6, NOW + 1e6))
    assert inbox.outcomes() == [("leave.csv", "loaded")]


@pytest.mark.parametrize(
    ("name", "half", "rest"),
    [
        ("leave.ndjson", b'{"login": "ada", "day": "2026-05-07"}\n{"login"',
         b': "bob", "day": "2026-05-08"}\n'),
        ("leave.parquet", None, None),
    ],
)  # fmt: skip
def test_a_half_written_file_waits_for_its_end(
    inbox: Dropping, tmp_path: Path, name: str, half: bytes | None, rest: bytes | None
) -> None:
    if half is None or rest is None:
        whole = tmp_path / "whole.parquet"
        table = pa.table({"login": ["ada", "bob"], "day": [date(2026, 5, 7), date(2026, 5, 8)]})
        pyarrow.parquet.write_table(table, whole)
        half, rest = whole.read_bytes()[:-30], whole.read_bytes()[-30:]
    path = inbox.drop(name, half)
    (file,) = inbox.night().files
    assert (file.outcome, file.said) == ("waiting", "it is half-written: its end is missing")
    path.write_bytes(half + rest)
    assert inbox.outcomes() == [(name, "loaded")]
    assert len(inbox.days("leave")) == 2


def test_csv_without_a_last_line_break_is_whole(inbox: Dropping) -> None:
    inbox.drop("leave.csv", LEAVE.rstrip())
    assert inbox.outcomes() == [("leave.csv", "loaded")]


def test_a_file_that_cannot_be_read_waits_and_others_load(
    inbox: Dropping, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Folder.read

    def refusing(self: Folder, path: str) -> bytes:
        if path == "leave.csv":
            raise PermissionError(13, "Permission denied")
        return read(self, path)

    monkeypatch.setattr(Folder, "read", refusing)
    inbox.drop("leave.csv")
    inbox.drop("opt-ins.csv")
    assert sorted(inbox.outcomes()) == [("leave.csv", "waiting"), ("opt-ins.csv", "loaded")]


class KilledError(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("moment", ["write", "move"])
def test_a_crash_after_landing_only_delays_the_move(
    inbox: Dropping, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def killed(*_: object) -> None:
        raise KilledError

    inbox.drop("leave.csv")
    with monkeypatch.context() as patched:
        patched.setattr(Folder, moment, killed)
        with pytest.raises(KilledError):
            inbox.night()
    landed = inbox.landing.states()
    assert inbox.left() == ["leave.csv"]
    assert inbox.outcomes() == [("leave.csv", "already loaded")]
    assert inbox.landing.states().equals(landed)
    assert inbox.left() == []
    assert LEAVE in [path.read_bytes() for path in (inbox.folder / "done").glob("*.csv")]


def test_a_crash_before_the_landing_is_sealed_loads_the_file_later(
    inbox: Dropping, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_: Load) -> None:
        raise KilledError

    inbox.drop("leave.csv")
    with monkeypatch.context() as patched:
        patched.setattr(Load, "seal", killed)
        with pytest.raises(KilledError):
            inbox.night()
    assert inbox.landing.states().is_empty()
    assert inbox.outcomes() == [("leave.csv", "loaded")]
    assert len(inbox.days("leave")) == 2


def test_a_file_that_cannot_be_moved_counts_and_is_moved_later(
    inbox: Dropping, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    inbox.drop("leave.csv")
    with monkeypatch.context() as patched:
        patched.setattr(Folder, "move", refused)
        assert inbox.outcomes() == [("leave.csv", "loaded")]
    assert "'leave.csv' cannot be moved to done" in caplog.text
    assert inbox.outcomes() == [("leave.csv", "already loaded")]
    assert inbox.left() == []


def test_what_is_written_while_a_file_is_landed_is_not_lost(
    inbox: Dropping, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inbox.drop("leave.csv")
    read = Folder.read

    def read_then_grown(self: Folder, name: str) -> bytes:
        data = read(self, name)
        path.write_bytes(LEAVE + b"cid,2026-05-09\n")
        return data

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "read", read_then_grown)
        inbox.night()
    assert inbox.left() == ["leave.csv"]
    assert inbox.outcomes() == [("leave.csv", "loaded")]
    assert len(inbox.days("leave")) == 3


def test_a_file_above_the_limit_is_not_even_read(
    inbox: Dropping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "MOST_BYTES", 10)
    monkeypatch.setattr(Folder, "read", None)
    inbox.drop("leave.csv")
    (file,) = inbox.night().files
    assert file.said == f"The file has {len(LEAVE)} bytes; at most 10 are allowed: split it"


def test_an_inbox_that_is_none_is_one_sentence(settings: Settings, landing: Landing) -> None:
    for place, error, said in [
        (settings.home / "missing", SourceError, "which is no folder: create it"),
        ("s3://key:planted-secret@/", SettingsError, "NIGHTQUEST_INBOX is no address"),
        ("http://files.test/inbox", SettingsError, "NIGHTQUEST_INBOX is no address"),
    ]:
        configured = settings.model_copy(update={"inbox": str(place)})
        with pytest.raises(error, match=said) as caught:
            land_inbox(configured, landing, NIGHT, "UTC")
        assert "planted-secret" not in str(caught.value)


def test_a_folder_may_be_named_by_a_file_url(tmp_path: Path) -> None:
    (tmp_path / "in box").mkdir()
    opened = open_inbox(f"file://{tmp_path}/in%20box")
    assert isinstance(opened, Folder)
    assert opened.root == tmp_path / "in box"


def test_the_landing_alone_rebuilds_the_raw_tables(
    inbox: Dropping, warehouse: DuckDBWarehouse
) -> None:
    inbox.drop("activity.csv", b"login,day,metric,value\nada,2026-05-07,tasks,0.1\n"
               b"ada,2026-05-07,file.tasks,0.2\nada,2026-05-08,tasks,5\n")  # fmt: skip
    inbox.drop("adjustments.csv", b"login,day,xp,reason,requested_by,approved_by\n"
               b"ada,2026-05-07,-5,r,Ann,ann \nbob,2026-05-07,5,r,ann,bob\n")  # fmt: skip
    inbox.night()
    load_raw(inbox.settings, warehouse, inbox.landing, NIGHT, "run", {})
    assert warehouse.query(
        "select activity_date, person_key, metric, value from raw_filedrop.activity order by 1"
    ).rows() == [
        (date(2026, 5, 7), "ada", "file.tasks", Decimal("0.3")),
        (date(2026, 5, 8), "ada", "file.tasks", Decimal(5)),
    ]
    assert warehouse.query("select person_key, xp from raw_filedrop.adjustments").rows() == [
        ("bob", 5)
    ]
    aside = warehouse.query("select source, dataset, scope, reason from ops.quarantine").rows()
    assert aside == [("filedrop", "adjustments", "adjustments.csv",
                      "requested_by and approved_by are the same person")]  # fmt: skip
    inbox.drop("activity.csv", b"login,day,metric,value\nada,2026-05-08,tasks,6\n")
    inbox.night()
    load_raw(inbox.settings, warehouse, inbox.landing, NIGHT, "run", {})
    assert warehouse.query("select activity_date, value from raw_filedrop.activity").rows() == [
        (date(2026, 5, 8), Decimal(6))
    ]


@pytest.fixture(scope="module")
def object_store() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(
    object_store: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, fs.FileSystem]]:
    """The URL of an empty bucket's inbox, and the bucket's file system."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted-secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    store = fs.S3FileSystem(
        endpoint_override=object_store, scheme="http", region="us-east-1",
        allow_bucket_creation=True, allow_bucket_deletion=True,
    )  # fmt: skip
    store.create_dir("drops")
    yield f"s3://drops/inbox?endpoint_override={object_store}&scheme=http&region=us-east-1", store
    store.delete_dir("drops")


def test_an_object_store_is_an_inbox_too(
    settings: Settings, landing: Landing, bucket: tuple[str, fs.FileSystem]
) -> None:
    url, store = bucket
    configured = settings.model_copy(update={"inbox": url})

    def night() -> list[tuple[str, str]]:
        report = land_inbox(
            configured, landing, NIGHT, "UTC", clock=lambda: NOW, sleep=lambda _: None
        )
        return [(file.path, file.outcome) for file in report.files]

    assert night() == []
    for key, content in [("leave/x.csv", LEAVE), ("opt-outs.csv", b"login,day\nada,never\n"),
                         ("leave/deep/y.csv", LEAVE), (".hidden.csv", LEAVE),
                         ("leave/half.ndjson", b'{"login"')]:  # fmt: skip
        with store.open_output_stream(f"drops/inbox/{key}", compression=None) as file:
            file.write(content)
    assert sorted(night()) == [
        ("leave/half.ndjson", "waiting"), ("leave/x.csv", "loaded"), ("opt-outs.csv", "rejected"),
    ]  # fmt: skip
    keys = sorted(
        info.path.removeprefix("drops/inbox/")
        for info in store.get_file_info(fs.FileSelector("drops/inbox", recursive=True))
        if info.is_file
    )
    assert [key.split("/")[0] for key in keys] == [
        ".hidden.csv", "done", "done", "leave", "leave", "rejected", "rejected",
    ]  # fmt: skip
    archived = next(key for key in keys if key.startswith("done/") and key.endswith(".csv"))
    with store.open_input_file(f"drops/inbox/{archived}") as file:
        assert file.read() == LEAVE
    assert night() == [("leave/half.ndjson", "waiting")]


def test_a_bucket_that_does_not_exist_is_one_sentence(
    settings: Settings, landing: Landing, bucket: tuple[str, fs.FileSystem]
) -> None:
    configured = settings.model_copy(update={"inbox": bucket[0].replace("drops", "absent")})
    with pytest.raises(SourceError, match="the bucket absent, which does not exist"):
        land_inbox(configured, landing, NIGHT, "UTC")
