"""Pages of GitHub's lists, held from night to night, to be asked for with `If-None-Match`.

Our own few lines rather than hishel: by RFC 9111 it answers without asking while GitHub's
`max-age=60` lasts, takes a new token for another page (`Vary: Authorization`), and stores the
request's headers, the token among them. Here the server is asked every time, and a 304 is its word
that the page it would send now is the one held. (GitHub's own ETags change with the token: an App's
new token each hour gets whole answers, which is merely dearer.)

```
<home>/cache/github/<sha256 of API version and address>.json.gz
```

Personal data of the organisation lie here, and never a token: answers only, readable by the owner
alone. Whatever cannot be read counts as not held, and the folder may be deleted at any time.
"""

import gzip
import hashlib
import os
import time
import zlib
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel

#: A list that nobody asked for in so long (a deleted team, a past week's issues) is let go.
KEPT_SECONDS = 30 * 86_400
#: Some 5,000 full pages of issues: 50 kB each when packed.
LARGEST_FOLDER_BYTES = 256_000_000


class HeldPage(BaseModel):
    """One page as GitHub sent it: the body, and of the headers only these two."""

    url: str
    etag: str
    link: str
    body: str


class HeldPages:
    """The pages held in a folder; it is created with the first one."""

    def __init__(self, folder: Path, version: str) -> None:
        self.folder = folder
        self._version = version
        self._is_changed = False

    def find(self, url: str) -> HeldPage | None:
        """The page of this address, None where there is none that can be read whole."""
        path = self._path(url)
        try:
            page = HeldPage.model_validate_json(gzip.decompress(path.read_bytes()), strict=True)
            os.utime(path)
        except (OSError, EOFError, zlib.error, ValueError):
            return None
        return page if page.url == url else None

    def hold(self, page: HeldPage) -> None:
        """Put a page in the place of the one before: whole or not at all, even in a crash."""
        # A page that cannot be held costs a request tomorrow, and is no reason to stop tonight.
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._path(page.url)
            beside = path.with_name(path.name + ".part")
            with open(beside, "wb", opener=_for_the_owner) as file:
                file.write(gzip.compress(page.model_dump_json().encode(), 1, mtime=0))
            beside.replace(path)
            self._is_changed = True

    def prune(self) -> None:
        """Let go of what nobody asks for any more, and of the oldest above the limit."""
        if not self._is_changed:
            return
        with suppress(OSError):
            files = [(path, path.stat()) for path in self.folder.iterdir()]
            size, oldest_kept = 0, time.time() - KEPT_SECONDS
            for path, stat in sorted(files, key=lambda file: file[1].st_mtime, reverse=True):
                size += stat.st_size
                if size > LARGEST_FOLDER_BYTES or stat.st_mtime < oldest_kept:
                    path.unlink()

    def _path(self, url: str) -> Path:
        name = hashlib.sha256(f"{self._version} {url}".encode()).hexdigest()
        return self.folder / f"{name}.json.gz"


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
