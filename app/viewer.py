"""Who is looking: what the sign-in says of them, and whom they may look at.

| role | who | sees of others |
|---|---|---|
| everybody | where nobody signs in | all that is published |
| admin | a group of theirs is in NIGHTQUEST_ADMINS | all that is published |
| manager | a group of theirs is in NIGHTQUEST_MANAGERS | members of their teams, and of teams below: all; others: what boards tell |
| developer | whose login is that of a developer | what boards tell |
| guest | anybody else who is signed in | what boards tell |

What boards tell: names, ranks, scores, levels, badges held. Themselves everybody sees whole. This
comes on top of the visibility policy, which decides who is published at all.
"""  # noqa: E501 (a table's row is a line)

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from app.settings import Settings

Role = Literal["everybody", "admin", "manager", "developer", "guest"]


@dataclass(frozen=True)
class Viewer:
    """Who is looking.

    Attributes:
        name: for the access log and the page; None where nobody signs in.
        login: as the sign-in tells it, in lower case; None where it does not.
        managed: the teams that NIGHTQUEST_MANAGERS gives them, by name or id.
        developer_id, team_ids: the same two in the published tables; the door fills them in.
    """

    role: Role = "everybody"
    name: str | None = None
    login: str | None = None
    managed: tuple[str, ...] = ()
    developer_id: str | None = None
    team_ids: tuple[str, ...] = ()

    @property
    def sees_all(self) -> bool:
        return self.role in ("everybody", "admin")


#: Where nobody signs in.
EVERYBODY = Viewer()


def has_provider() -> bool:
    """Whether Streamlit's secrets name an OIDC provider (`[auth]`)."""
    try:
        return "auth" in st.secrets
    except StreamlitSecretNotFoundError:
        return False


def must_sign_in(settings: Settings) -> bool:
    """In production everybody, unless that is switched off by name; elsewhere where a provider is
    configured.
    """
    if settings.sign_in is not None:
        return settings.sign_in == "oidc"
    return settings.env == "production" or has_provider()


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


def signed_in(settings: Settings) -> Viewer | None:
    """Who is looking; None: they have to sign in first."""
    if not must_sign_in(settings):
        return EVERYBODY
    if not st.user.get("is_logged_in"):
        return None
    return viewer_of(st.user.to_dict(), settings)


def viewer_of(claims: Mapping[str, Any], settings: Settings) -> Viewer:
    """What a token's claims make of somebody."""
    groups = claims.get(settings.groups_claim) or ()
    of = {str(group) for group in ([groups] if isinstance(groups, str) else groups)}
    login = claims.get(settings.login_claim)
    name = claims.get("email") or claims.get("sub")
    managed = tuple(sorted(team for group, team in settings.manager_teams if group in of))
    role: Role = "developer" if login else "guest"
    if managed:
        role = "manager"
    if of & set(settings.admins):
        role = "admin"
    return Viewer(
        role=role,
        name=str(name) if name else None,
        login=str(login).lower() if login else None,
        managed=managed,
    )
