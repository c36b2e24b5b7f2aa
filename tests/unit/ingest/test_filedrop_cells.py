"""What stands in a file: cells as text, every mistake with its row and column, nothing rounded."""

import io
import json
import math
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.filedrop import reading
from ingest.filedrop.checking import Checked, checked
from ingest.filedrop.reading import Problem, Unreadable, cells_of, is_half_written
from ingest.filedrop.shapes import SHAPES

HEADER = "login,day,metric,value\n"
NUMBER = "a number of 0 or more, with a point, at most 12 digits before and 6 after it"
DAYS = "a day such as 2026-11-18, from 2000 to 2099"


def judged(shape: str, data: bytes | str, suffix: str = ".csv", **given: Any) -> Checked:
    content = data.encode() if isinstance(data, str) else data
    place: dict[str, Any] = {"scope": "x.csv", "time_zone": "UTC"} | given
    return checked(SHAPES[shape], cells_of(suffix, content), **place)


def rows(result: Checked) -> list[dict[str, Any]]:
    assert result.problems == []
    return result.rows.drop("row").rows(named=True)


def places(result: Checked) -> list[tuple[int, str, str]]:
    assert result.problem_count == len(result.problems)
    return [(found.row, found.column, found.found) for found in result.problems]


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"login,day,metric,value\nada,2026-05-07,tasks,1.10\n",
        b"\xef\xbb\xbflogin,day,metric,value\nada,2026-05-07,tasks,1.10",
        b"Login;Date;METRIC;value\r\n ada ;2026-05-07 00:00:00;file.tasks;1.10\r\n",
        b'"login","activity-date","metric","value"\n"ada","2026-05-07","tasks","1.10"\n',
        b"login,day,metric,value\n\n,,,\nada,2026-05-07,tasks,1.10\n\n\n",
        b"login,day,metric,value\rada,2026-05-07,tasks,1.10\r",
    ],
    ids=["plain", "mark", "semicolons", "quotes", "blank rows", "carriage returns"],
)
def test_csv_is_read_as_people_s_programs_write_it(data: bytes) -> None:
    assert rows(judged("activity", data)) == [
        {"day": "2026-05-07", "person_key": "ada", "key_kind": "login", "metric": "file.tasks",
         "value": "1.100000"},
    ]  # fmt: skip


def test_numbers_of_18_digits_are_kept_to_the_last_one_in_every_format() -> None:
    value = "123456789012.345678"
    csv = f"{HEADER}ada,2026-05-07,tasks,{value}\n"
    line = f'{{"login": "ada", "day": "2026-05-07", "metric": "tasks", "value": {value}}}\n'
    table = pa.table({
        "login": ["ada"], "day": [date(2026, 5, 7)], "metric": ["tasks"],
        "value": pa.array([Decimal(value)], pa.decimal128(30, 8)),
    })  # fmt: skip
    for data, suffix in [(csv, ".csv"), (line, ".jsonl"), (parquet(table), ".parquet")]:
        (row,) = rows(judged("activity", data, suffix))
        assert row["value"] == value


@pytest.mark.parametrize(
    "value", ["-1", "1,5", "1e3", "1.0000001", "1234567890123", "NaN", "1.", ".5", "0x10", "", "१"]
)
def test_a_value_that_is_no_exact_number_is_a_mistake(value: str) -> None:
    data = f'login;day;metric;value\nada;2026-05-07;tasks;"{value}"\n'
    assert judged("activity", data).problems == [
        Problem(2, "value", repr(value) if value else "nothing", NUMBER)
    ]


@pytest.mark.parametrize(
    "day", ["2026-02-30", "07.05.2026", "05/07/2026", "0206-05-07", "2100-01-01", "46149",
            "2026-05-07T10:00:00"],
)  # fmt: skip
def test_a_day_that_is_none_or_far_off_is_a_mistake(day: str) -> None:
    result = judged("leave", f"login,day\nada,{day}\n")
    assert result.problems == [Problem(2, "day", repr(day), DAYS)]


def test_every_mistake_is_named_by_the_row_and_the_column_of_the_file() -> None:
    data = (
        "employee_id,date,metric,value\n"  # row 1
        "7,2026-05-07,tasks,1\n"
        "7,2026-05-32,Tasks,1\n"
        ",2026-05-07,tasks,-2\n"
        "7,2026-05-07,tasks\n"
        "7,2026-05-07,tasks,3,4\n"
        "7,2026-05-07,tasks,x\n"
    )
    assert places(judged("activity", data)) == [
        (3, "date", "'2026-05-32'"), (3, "metric", "'Tasks'"), (4, "value", "'-2'"),
        (4, "employee_id", "nothing"), (5, "", "3 cells"), (6, "", "5 cells"), (7, "value", "'x'"),
    ]  # fmt: skip


def test_a_thousand_mistakes_are_listed_and_all_are_counted() -> None:
    result = judged("leave", "login,day\n" + "ada,never\n" * 2500)
    assert (len(result.problems), result.problem_count) == (1000, 2500)
    assert [result.problems[n].row for n in (0, 999)] == [2, 1001]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("day", "no column that names the person; "
         "exactly one of github_user_id, developer, login, email, employee_id"),
        ("login,email,day", "login and email; "
         "exactly one of github_user_id, developer, login, email, employee_id"),
        ("login", "no such column; a column day or activity_date or date"),
        ("login,day,Day", "the columns 'day', 'Day'; one of them"),
        ("login,day,date", "the columns 'day', 'date'; one of them"),
    ],
)  # fmt: skip
def test_a_header_names_the_person_once_and_each_column_once(header: str, said: str) -> None:
    (problem,) = judged("leave", f"{header}\n").problems
    assert (problem.row, f"{problem.found}; {problem.allowed}") == (0, said)


def test_columns_that_nobody_knows_are_a_warning() -> None:
    result = judged("activity", "login,day,metric,value,unit,team\nada,2026-05-07,tasks,1,x,core\n")
    assert len(rows(result)) == 1
    assert result.warnings == ["Not read, because activity knows no such columns: 'team'."]


@pytest.mark.parametrize(
    ("column", "cell", "key", "kind"),
    [
        ("developer", "github:1234", "1234", "github_user_id"),
        ("github_user_id", "01234", "1234", "github_user_id"),
        ("login", "Ada-L", "Ada-L", "login"),
        ("email", "ada@acme.test", "ada@acme.test", "email"),
        ("employee_id", "007", "007", "employee_id"),
    ],
)
def test_a_person_is_named_by_one_of_five_columns(
    column: str, cell: str, key: str, kind: str
) -> None:
    (row,) = rows(judged("opt_outs", f"{column},day\n{cell},2026-05-07\n"))
    assert (row["person_key"], row["key_kind"]) == (key, kind)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-05-07T10:00:00Z", "2026-05-07T10:00:00.000000"),
        ("2026-05-07 10:00", "2026-05-07T10:00:00.000000"),
        ("2026-05-07T10:00:00.1234567+02:30", "2026-05-07T07:30:00.123456"),
        ("2026-05-07T23:30:00-0130", "2026-05-08T01:00:00.000000"),
        ("2026-05-07 10:00:00 +01", "2026-05-07T09:00:00.000000"),
    ],
)
def test_times_become_utc_and_are_utc_where_they_say_nothing(text: str, utc: str) -> None:
    data = f"login,challenge,score,submitted_at\nada,sql,85.5,{text}\n"
    (row,) = rows(judged("challenge_attempts", data))
    assert (row["submitted_at"], row["score"]) == (utc, "85.500000")


@pytest.mark.parametrize(
    "text", ["2026-05-07", "10:00", "2026-05-07T24:00", "2026-05-07T10:00 CET"]
)
def test_a_time_without_a_clear_moment_is_a_mistake(text: str) -> None:
    data = f"login,challenge,score,submitted_at\nada,sql,85,{text}\n"
    assert places(judged("challenge_attempts", data)) == [(2, "submitted_at", repr(text))]


@pytest.mark.parametrize("score", ["-1", "100.000001", "101"])
def test_a_score_lies_between_0_and_100(score: str) -> None:
    data = f"login,challenge,score,submitted_at\nada,sql,{score},2026-05-07T10:00Z\n"
    assert places(judged("challenge_attempts", data)) == [(2, "score", repr(score))]


def test_an_attempt_falls_on_its_local_day() -> None:
    data = "login,challenge_id,score,submitted_at\nada,sql,1,2026-05-07T23:30:00Z\n"
    for time_zone, day in [("Europe/Berlin", "2026-05-08"), ("America/New_York", "2026-05-07")]:
        (row,) = rows(judged("challenge_attempts", data, time_zone=time_zone))
        assert row["day"] == day


def test_people_are_keyed_by_the_first_column_that_every_row_must_have() -> None:
    data = "name,email,employee_id,developer\nAda,ada@acme.test,7,github:12\nBob,,8,\n"
    assert rows(judged("people", data)) == [
        {"person_key": "7", "key_kind": "employee_id", "display_name": "Ada",
         "email": "ada@acme.test", "employee_id": "7", "github_login": None,
         "github_user_id": "12"},
        {"person_key": "8", "key_kind": "employee_id", "display_name": "Bob", "email": None,
         "employee_id": "8", "github_login": None, "github_user_id": None},
    ]  # fmt: skip
    by_login = rows(judged("people", "login,name\nada,Ada\n"))
    assert (by_login[0]["person_key"], by_login[0]["key_kind"]) == ("ada", "login")


def test_people_and_mapped_keys_stand_once_in_a_file() -> None:
    twice = "employee_id,name\n7,Ada\n,Bob\n7,Cid\n"
    assert places(judged("people", twice)) == [(3, "employee_id", "nothing"),
                                               (4, "employee_id", "'7'")]  # fmt: skip
    mapped = "source,source_key,github_user_id\nfile,a,1\nsnowflake,a,1\nfile,a,2\nhr,a,0\n"
    assert places(judged("identity_map", mapped)) == [
        (4, "source and source_key", "'file a'"), (5, "source", "'hr'"),
        (5, "github_user_id", "'0'"),
    ]  # fmt: skip


ADJUSTED = "login,day,xp,reason,requested_by,approved_by,badge_id,season\n"


def test_adjustments_keep_their_ids_when_words_or_xp_are_corrected() -> None:
    before = ADJUSTED + "ada,2026-05-07,-50,typo,x,y,,\nada,2026-05-07,+5,more,x,y,,\n"
    after = (
        ADJUSTED + "bob,2026-05-07,7,new,x,y,,\nada,2026-05-07,-40,fixed,x,z,,\n"
        "ada,2026-05-07,5.0,more,x,y,,\nada,2026-05-07,5,more,x,y,first_steps,2026-Q2\n"
    )
    first, second = rows(judged("adjustments", before)), rows(judged("adjustments", after))
    assert [row["xp"] for row in first + second] == ["-50", "5", "7", "-40", "5", "5"]
    ids = [row["adjustment_id"] for row in second]
    assert [row["adjustment_id"] for row in first] == ids[1:3]
    assert len(set(ids)) == 4
    other_file = rows(judged("adjustments", before, scope="y.csv"))
    assert other_file[0]["adjustment_id"] != first[0]["adjustment_id"]


def test_an_adjustment_s_own_id_stands_once_in_all_files() -> None:
    data = (
        "login,day,xp,reason_text,requested_by,approved_by,adjustment_id\n"
        "ada,2026-05-07,1,r,x,y,A-1\nada,2026-05-07,1,r,x,y,A-1\nada,2026-05-07,1,r,x,y,A-2\n"
        "ada,2026-05-07,1,r,x,y,\n"
    )
    assert places(judged("adjustments", data, taken_ids={"A-2"})) == [
        (3, "adjustment_id", "'A-1'"), (4, "adjustment_id", "'A-2'")
    ]  # fmt: skip


def test_an_adjustment_says_how_much_why_and_by_whom() -> None:
    data = ADJUSTED + "ada,2026-05-07,1.5,,,y,,2026-Q1\nada,2026-05-07,1,r,x,y,b,Q1\n"
    assert places(judged("adjustments", data)) == [
        (2, "xp", "'1.5'"), (2, "reason", "nothing"), (2, "requested_by", "nothing"),
        (2, "season", "'2026-Q1'"), (3, "season", "'Q1'"),
    ]  # fmt: skip


def test_rows_that_will_be_set_aside_are_announced() -> None:
    data = ADJUSTED + "ada,2026-05-07,1,r,x,y,,\nada,2026-05-07,1,r,Ann , ann,,\n"
    assert judged("adjustments", data).warnings == [
        "Set aside in ops.quarantine, because requester and approver are the same: row 3."
    ]


@pytest.mark.parametrize(
    ("data", "suffix", "said"),
    [
        (b"", ".csv", "The file is empty: 0 bytes."),
        (b"", ".parquet", "The file is empty: 0 bytes."),
        (b"\xef\xbb\xbf", ".csv", "The first line is no header"),
        (b"\nlogin,day\n", ".csv", "The first line is no header"),
        ("login,day\nada,x\nj\xfcrgen,y\n".encode("latin-1"), ".csv",
         "The file is not UTF-8: line 3 holds the byte 0xfc; save it as UTF-8"),
        ("login,day\n".encode("utf-16"), ".csv", "The file is UTF-16; allowed is UTF-8"),
        (b"login,day\nada,\x00\n", ".csv", "The file is no text: line 2 holds a NUL byte."),
        (b"\x1f\x8b\x08abc", ".csv", "The file is compressed by gzip: unpack it first."),
        (b"PAR1 and nonsense PAR1", ".parquet", "The file is not readable as Parquet"),
        (b"login,day\n", ".parquet", "The file is not readable as Parquet"),
        (b",".join([b"a"] * 201) + b"\n", ".csv", "The file has 201 columns; at most 200"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_of_its_format_is_told_in_a_sentence(
    data: bytes, suffix: str, said: str
) -> None:
    with pytest.raises(Unreadable) as caught:
        cells_of(suffix, data)
    assert str(caught.value).startswith(said)


def test_a_file_of_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 2)
    table = pa.table({"login": ["a", "b", "c"]})
    for data, suffix in [(b"login\na\nb\nc\n", ".csv"), (b"{}\n{}\n{}\n", ".ndjson"),
                         (parquet(table), ".parquet")]:  # fmt: skip
        with pytest.raises(Unreadable, match="The file has 3 rows; at most 2 are allowed"):
            cells_of(suffix, data)


@pytest.mark.parametrize("row", [2, 3])
def test_a_quotation_mark_that_is_not_closed_never_swallows_rows_silently(row: int) -> None:
    lines = ["login,day,metric,value", *["ada,2026-05-07,tasks,1"] * 4, ""]
    lines[row - 1] = 'ada,2026-05-07,"tasks,1'
    found = [p.row for p in judged("activity", "\n".join(lines)).problems if "closed" in p.found]
    assert found == [row]


def test_a_line_break_inside_a_cell_is_a_mistake() -> None:
    data = 'login,day\n"ada\nbob",2026-05-07\n'
    assert places(judged("leave", data)) == [(2, "login", "'ada\\nbob'")]


def test_json_lines_that_are_no_rows_are_named_by_their_line() -> None:
    data = (
        '{"login": "ada", "day": "2026-05-07"}\n'
        "\n"
        "nonsense\n"
        "[1]\n"
        '{"login": ["ada"], "day": "2026-05-07", "more": {"any": [true]}}\n'
        '{"login": true, "day": null}\n'
        '{"login": "\\ud800", "day": "2026-05-07"}\n'
        '{"login": "a\\u0000b", "day": "2026-05-07"}\n'
    )
    assert places(judged("leave", data, ".ndjson")) == [
        (3, "", "'nonsense'"), (4, "", "'[1]'"), (5, "login", "'[\"ada\"]'"),
        (6, "day", "nothing"), (6, "login", "'true'"), (7, "login", "'\"\\\\ud800\"'"),
        (8, "login", "'a\\x00b'"),
    ]  # fmt: skip


def test_json_may_nest_as_deep_as_it_likes() -> None:
    data = '{"login": ' + "[" * 100_000 + "]" * 100_000 + "}\n"
    assert (1, "") in [(p.row, p.column) for p in judged("leave", data, ".ndjson").problems]


def test_parquet_keeps_its_types_as_text() -> None:
    table = pa.table({
        "github_user_id": pa.array([12.0, 13.0]),  # what pandas makes of ids beside a gap
        "challenge": pa.array(["sql", "sql"]).dictionary_encode(),
        "score": pa.array([85, 100], pa.int8()),
        "submitted_at": pa.array([datetime(2026, 5, 7, 10, tzinfo=UTC)] * 2,
                                 pa.timestamp("ns", "America/New_York")),
    })  # fmt: skip
    first, second = rows(judged("challenge_attempts", parquet(table), ".parquet"))
    assert (first["person_key"], second["person_key"]) == ("12", "13")
    assert (first["score"], first["submitted_at"]) == ("85.000000", "2026-05-07T10:00:00.000000")


def test_parquet_s_nested_columns_are_a_mistake_where_they_are_needed() -> None:
    table = pa.table({
        "login": [["ada"]], "day": [date(2026, 5, 7)], "team": [{"name": "core"}],
        "photo": [b"\xff"], "bytes": [b"text"],
    })  # fmt: skip
    result = judged("leave", parquet(table), ".parquet")
    found = [(problem.row, problem.column, problem.found) for problem in result.problems]
    assert (0, "login", "a column of type list<element: string>") in found
    assert result.warnings == [
        "Not read, because leave knows no such columns: 'team', 'photo', 'bytes'."
    ]


@pytest.mark.parametrize(
    "day", [pa.array([10**8], pa.int32()).cast(pa.date32()), pa.array([2**62], pa.timestamp("ms"))]
)
def test_parquet_s_days_beyond_all_calendars_are_a_mistake(day: pa.Array) -> None:
    result = judged("leave", parquet(pa.table({"login": ["ada"], "day": day})), ".parquet")
    ((row, column, found),) = places(result)
    assert (row, column) == (1, "day")
    assert "out of range" in found


@pytest.mark.parametrize(
    ("suffix", "data", "is_half"),
    [
        (".csv", b"login,day\nada,2026", False),
        (".ndjson", b'{"a": 1}\n{"a"', True),
        (".jsonl", b'{"a": 1}', True),
        (".ndjson", b'{"a": 1}\n', False),
        (".ndjson", b"", False),
        (".parquet", b"PAR1", True),
        (".parquet", b"PAR1" + b"x" * 50, True),
        (".parquet", b"PAR1" + b"x" * 50 + b"PAR1", False),
        (".parquet", b"login,day\n", False),
    ],
)
def test_a_half_written_file_lacks_its_end(suffix: str, data: bytes, is_half: bool) -> None:
    assert is_half_written(suffix, data) is is_half


CELL = st.one_of(
    st.sampled_from(["ada", "2026-05-07", "tasks", "1.5", "", '"', "\n", ";", ",", "{}", "\x00"]),
    st.text(max_size=12),
)


@given(
    shape=st.sampled_from(sorted(SHAPES)),
    suffix=st.sampled_from(sorted(reading.ROW_NUMBERS)),
    data=st.one_of(
        st.binary(max_size=200),
        st.lists(st.lists(CELL, max_size=6).map(",".join), max_size=6).map(
            lambda lines: ("login,day,metric,value\n" + "\n".join(lines)).encode(errors="replace")
        ),
        st.lists(
            st.dictionaries(
                st.sampled_from(["login", "day", "xp", "value", "metric", "odd"]),
                st.recursive(
                    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), CELL),
                    lambda inner: st.lists(inner, max_size=2),
                    max_leaves=3,
                ),
            ),
            max_size=5,
        ).map(lambda rows: b"".join(json.dumps(row).encode() + b"\n" for row in rows)),
    ),
)
def test_whatever_stands_in_a_file_is_rows_or_mistakes_or_a_sentence(
    shape: str, suffix: str, data: bytes
) -> None:
    try:
        result = judged(shape, data, suffix)
    except Unreadable:
        return
    assert result.problem_count >= len(result.problems)
    assert all(problem.found and problem.allowed for problem in result.problems)
    filled = [c.name for c in SHAPES[shape].columns if c.is_required and c.name in result.rows]
    if not result.problem_count:
        assert sum(result.rows.select(filled).null_count().row(0) or (0,)) == 0


def test_a_file_with_one_broken_thing_is_whole_or_the_row_is_named() -> None:
    """A file of n rows has n rows or at least one mistake; the mistake is in the broken row."""
    chance = random.Random(11)
    broken = ["", "x", "-1", "2026-13-01", "1e5", '"', "\t\x01", "\N{SNOWMAN}", "9" * 30, "None"]
    for _ in range(300):
        count = chance.randint(1, 8)
        start = date(2026, 1, 1)
        cells = [
            [f"user-{n}", str(start + timedelta(chance.randint(0, 300))), "tasks", str(n / 8)]
            for n in range(count)
        ]
        at, column = chance.randrange(count), chance.randrange(4)
        cells[at][column] = chance.choice(broken)
        result = judged("activity", HEADER + "".join(",".join(row) + "\n" for row in cells))
        if result.problem_count:
            assert at + 2 in {problem.row for problem in result.problems}
        else:
            assert result.rows.height == count


def test_floats_are_taken_by_their_shortest_digits() -> None:
    table = pa.table({
        "login": ["a", "b", "c"], "day": ["2026-05-07"] * 3, "metric": ["t"] * 3,
        "value": [0.1, 123456789012.5, math.pi],
    })  # fmt: skip
    result = judged("activity", parquet(table), ".parquet")
    assert places(result) == [(3, "value", "'3.141592653589793'")]
    assert result.rows["value"].to_list() == ["0.100000", "123456789012.500000", None]


def test_json_lines_are_read_in_pieces_that_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK_LINES", 2)
    data = "".join(f'{{"login": "u{n}", "day": "2026-05-07"}}\n' for n in range(4))
    data += '{"day": "2026-05-07", "login": "u4", "late": 1}\n'
    result = judged("leave", data, ".ndjson")
    assert result.rows["row"].to_list() == [1, 2, 3, 4, 5]
    assert [row["person_key"] for row in rows(result)] == ["u0", "u1", "u2", "u3", "u4"]
