"""Lists asked for again: what a 304 saves, and what the cache must never do."""

import gzip
import os
import stat
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest import held_pages
from ingest.http import GitHubClient
from ingest.settings import Settings
from tests.unit.ingest.conftest import TOKEN


class Lists:
    """Lists by address, with an ETag for their items alone, as at GitHub; it sees every request."""

    def __init__(self) -> None:
        self.items: dict[str, list[dict[str, Any]]] = {"/list": [{"id": 1}]}
        self.next: dict[str, str] = {}
        self.repeats_link = False
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        path = request.url.path
        items = self.items[path]
        headers = {"etag": f'W/"{hash(str(items))}"', "cache-control": "private, max-age=60"}
        link = {"link": f'<{self.next[path]}>; rel="next"'} if path in self.next else {}
        if request.headers.get("if-none-match") == headers["etag"]:
            return httpx.Response(304, headers=headers | (link if self.repeats_link else {}))
        return httpx.Response(200, json=items, headers=headers | link)


@pytest.fixture
def lists() -> Lists:
    return Lists()


def night(settings: Settings, lists: Lists, path: str = "/list") -> tuple[list[Any], int]:
    """The ids of a list, and the requests saved, as another night sees them."""
    with GitHubClient(settings, transport=httpx.MockTransport(lists)) as client:
        ids = [item["id"] for item in client.pages(path, {}, "list")]
        return ids, client.requests_saved


def held(settings: Settings) -> list[Path]:
    return sorted(p for p in (settings.home / "cache" / "github").glob("*") if p.is_file())


def test_an_unchanged_list_is_asked_for_again_and_costs_nothing(
    settings: Settings, lists: Lists
) -> None:
    assert night(settings, lists) == ([1], 0)
    assert night(settings, lists) == ([1], 1)
    assert [request.headers.get("if-none-match") is None for request in lists.seen] == [True, False]


def test_a_changed_list_is_seen_at_once_whatever_max_age_allows(
    settings: Settings, lists: Lists
) -> None:
    night(settings, lists)
    lists.items["/list"] = [{"id": 2}]
    assert night(settings, lists) == ([2], 0)
    assert night(settings, lists) == ([2], 1)


def test_a_held_page_leads_on_to_the_next_one(settings: Settings, lists: Lists) -> None:
    lists.items["/more"] = [{"id": 2}]
    lists.next["/list"] = "https://api.test/more"
    assert night(settings, lists) == ([1, 2], 0)
    assert night(settings, lists) == ([1, 2], 2)


def test_a_page_that_is_added_behind_a_full_one_is_found(settings: Settings, lists: Lists) -> None:
    lists.items["/list"] = [{"id": n} for n in range(100)]
    night(settings, lists)
    lists.items["/more"] = [{"id": 100}]
    lists.next["/list"] = "https://api.test/more"
    assert night(settings, lists) == (list(range(101)), 0)


def test_the_link_of_a_304_counts_more_than_the_one_held(settings: Settings, lists: Lists) -> None:
    lists.items |= {"/old": [{"id": 2}], "/new": [{"id": 3}]}
    lists.next["/list"] = "https://api.test/old"
    night(settings, lists)
    lists.next["/list"], lists.repeats_link = "https://api.test/new", True
    assert night(settings, lists) == ([1, 3], 1)


def test_another_host_is_another_list(settings: Settings, lists: Lists) -> None:
    night(settings, lists)
    elsewhere = settings.model_copy(update={"github_api_url": "https://ghe.test/api/v3"})
    lists.items["/api/v3/list"] = lists.items["/list"]
    assert night(elsewhere, lists) == ([1], 0)


def test_the_token_is_nowhere_and_only_the_owner_may_read(settings: Settings, lists: Lists) -> None:
    night(settings, lists)
    (file,) = held(settings)
    content = gzip.decompress(file.read_bytes()).decode()
    assert TOKEN not in content
    assert "authorization" not in content.lower()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: b"no gzip at all",
        lambda data: data[:40] + bytes([data[40] ^ 255]) + data[41:],
        lambda data: gzip.compress(b'{"url": "https://api.test/list"}'),
        lambda data: gzip.compress(b"[1, 2"),
        lambda data: gzip.compress(gzip.decompress(data).replace(b"/list", b"/tsil")),
    ],
)  # fmt: skip
def test_a_damaged_page_is_no_page(settings: Settings, lists: Lists, damage: Any) -> None:
    night(settings, lists)
    (file,) = held(settings)
    file.write_bytes(damage(file.read_bytes()))
    assert night(settings, lists) == ([1], 0)
    assert night(settings, lists) == ([1], 1)


def test_a_page_that_cannot_be_held_stops_no_night(settings: Settings, lists: Lists) -> None:
    (settings.home / "cache").write_text("in the way")
    assert night(settings, lists) == ([1], 0)
    assert night(settings, lists) == ([1], 0)


def test_a_304_that_nobody_asked_for_is_an_error(settings: Settings, lists: Lists) -> None:
    client = GitHubClient(
        settings, transport=httpx.MockTransport(lambda _: httpx.Response(304)), sleep=lambda _: None
    )
    with pytest.raises(Exception, match="answered 304 to /list"):
        list(client.pages("/list", {}, "list"))


def test_what_nobody_asks_for_any_more_is_let_go(settings: Settings, lists: Lists) -> None:
    night(settings, lists)
    long_ago = time.time() - held_pages.KEPT_SECONDS - 60
    os.utime(held(settings)[0], (long_ago, long_ago))
    lists.items["/other"] = []
    night(settings, lists, "/other")
    assert len(held(settings)) == 1
    assert night(settings, lists) == ([1], 0)


def test_what_is_asked_for_every_night_is_kept_though_it_never_changes(
    settings: Settings, lists: Lists
) -> None:
    night(settings, lists)
    long_ago = time.time() - held_pages.KEPT_SECONDS - 60
    os.utime(held(settings)[0], (long_ago, long_ago))
    night(settings, lists)
    lists.items["/other"] = []
    night(settings, lists, "/other")
    assert len(held(settings)) == 2


def test_the_folder_does_not_grow_above_its_limit(
    settings: Settings, lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_pages, "LARGEST_FOLDER_BYTES", 600)
    for number in range(20):
        for file in held(settings):  # each night is a day after the one before
            os.utime(file, (file.stat().st_mtime - 86_400,) * 2)
        lists.items[f"/list-{number}"] = [{"id": number}]
        night(settings, lists, f"/list-{number}")
    assert 0 < sum(file.stat().st_size for file in held(settings)) <= 600
    assert night(settings, lists, "/list-19") == ([19], 1)
