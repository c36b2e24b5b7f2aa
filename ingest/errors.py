"""What a person is told when something is wrong: one sentence, without a stack trace."""


class NightquestError(Exception):
    """The job failed: the message says what, where and what to do (exit code 1)."""


class SettingsError(NightquestError):
    """A setting, a file of settings or the use is wrong: which, and what is allowed (exit 2)."""


class SourceError(NightquestError):
    """A source refused or could not be reached, for good after the retries."""
