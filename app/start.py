"""Whether the dashboard may be shown at all, before anybody is asked who they are."""

from app.settings import Settings
from app.viewer import has_provider, must_sign_in


def refusal(settings: Settings) -> str | None:
    """Why the dashboard must not start, with what to do; None: it may."""
    if must_sign_in(settings) and not has_provider():
        asks = "production" if settings.sign_in is None else "NIGHTQUEST_SIGN_IN=oidc"
        return (
            f"The dashboard does not start: {asks} asks everybody to sign in, and "
            ".streamlit/secrets.toml names no provider under [auth] (docs/access.md shows how). "
            "NIGHTQUEST_SIGN_IN=off shows it to everybody who can reach it."
        )
    return None
