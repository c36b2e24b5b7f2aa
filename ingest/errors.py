"""What a person is told when something is wrong: one sentence, without a stack trace."""

import errno

#: What a disk itself says: it is full, a quota is used up, it is broken, or it may not be written.
DISK_FAILURES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


class NightquestError(Exception):
    """The job failed: the message says what, where and what to do (exit code 1)."""


class SettingsError(NightquestError):
    """A setting, a file of settings or the use is wrong: which, and what is allowed (exit 2)."""


class SourceError(NightquestError):
    """A source refused or could not be reached, for good after the retries."""


def is_disk_failure(error: BaseException) -> bool:
    """Whether it is the disk that failed, and not a mistake in the program."""
    return isinstance(error, OSError) and error.errno in DISK_FAILURES


def disk_failure(error: BaseException) -> NightquestError:
    """What a person is told of it."""
    return NightquestError(
        f"The disk refused to be written: {str(error).splitlines()[0]}. What is published stays as "
        "it was: make room there, and type `nightquest run` again."
    )
