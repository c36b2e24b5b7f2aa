"""A session with Snowflake, for reading extracts and for a warehouse of our own."""

import logging
import re
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ingest.errors import SettingsError, SourceError
from ingest.private_keys import pem_text
from ingest.settings import Settings

QUERY_TAG = "nightquest"


def connect(settings: Settings) -> Any:
    """An open session, to be closed by the caller.

    Raises:
        SettingsError: a setting of the connection is missing or wrong.
        SourceError: Snowflake is unreachable, or refuses the login.
    """
    import snowflake.connector
    from snowflake.connector.errors import Error

    # It logs each query, and the signed links of the chunks that it cannot download. What goes
    # wrong for good is raised.
    logging.getLogger("snowflake").setLevel(logging.CRITICAL)
    try:
        return snowflake.connector.connect(**connection_parameters(settings))
    except Error as error:
        place = settings.snowflake_host or f"the account {settings.snowflake_account}"
        raise SourceError(
            f"Snowflake cannot be reached or refuses the login at {place}: {said(error)} Check "
            "NIGHTQUEST_SNOWFLAKE_ACCOUNT, _USER and the key, token or password."
        ) from None


def connection_parameters(settings: Settings) -> dict[str, Any]:
    """What the connector is given; a private key goes before a token, a token before a password.

    Raises:
        SettingsError: names the first setting that is missing.
    """
    why = (
        "NIGHTQUEST_TARGET is snowflake"
        if settings.target == "snowflake"
        else f"{settings.sources_file} declares Snowflake extracts"
    )
    for name in ("account", "user"):
        if not getattr(settings, f"snowflake_{name}"):
            raise SettingsError(f"NIGHTQUEST_SNOWFLAKE_{name.upper()} is not set, and {why}.")
    given: dict[str, Any] = {
        name: getattr(settings, f"snowflake_{name}")
        for name in ("account", "user", "role", "warehouse", "database", "schema", "host", "port")
    }
    if settings.snowflake_private_key or settings.snowflake_private_key_file:
        given["private_key"] = private_key(settings)
    elif settings.snowflake_token:
        given["authenticator"] = "oauth"
        given["token"] = settings.snowflake_token.get_secret_value()
    elif settings.snowflake_password:
        given["password"] = settings.snowflake_password.get_secret_value()
    else:
        raise SettingsError(
            "Snowflake needs NIGHTQUEST_SNOWFLAKE_PRIVATE_KEY, "
            "NIGHTQUEST_SNOWFLAKE_PRIVATE_KEY_FILE, NIGHTQUEST_SNOWFLAKE_TOKEN or, for tests, "
            "NIGHTQUEST_SNOWFLAKE_PASSWORD."
        )
    given = {name: value for name, value in given.items() if value is not None}
    return given | {
        "protocol": settings.snowflake_protocol,
        # Without them the connector tries a login for 5 minutes, and a query for ever.
        "login_timeout": int(settings.time_out_seconds),
        "network_timeout": settings.snowflake_statement_seconds,
        # One batch on its way while one is worked on; 4 are the default.
        "client_prefetch_threads": 1,
        # NUMBER(18, 4) as it is: floats are the default.
        "arrow_number_to_decimal": True,
        "session_parameters": {
            "QUERY_TAG": QUERY_TAG,
            "STATEMENT_TIMEOUT_IN_SECONDS": settings.snowflake_statement_seconds,
            # Snowflake's own word against a second statement, whatever the account allows.
            "MULTI_STATEMENT_COUNT": 1,
            "TIMEZONE": "UTC",
        },
    }


def private_key(settings: Settings) -> RSAPrivateKey | EllipticCurvePrivateKey:
    """The private key, opened.

    Raises:
        SettingsError: the file cannot be read, the text is no key, or the passphrase is wrong.
    """
    secret = settings.snowflake_private_key_passphrase
    name, text = pem_text(
        "NIGHTQUEST_SNOWFLAKE_PRIVATE_KEY",
        settings.snowflake_private_key,
        settings.snowflake_private_key_file,
    )
    is_encrypted = b"ENCRYPTED" in text
    if is_encrypted and not secret:
        raise SettingsError(
            f"{name} holds an encrypted key: set NIGHTQUEST_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE."
        )
    passphrase = secret.get_secret_value().encode() if secret and is_encrypted else None
    try:
        key = load_pem_private_key(text, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if is_encrypted:
            raise SettingsError(
                f"{name} cannot be decrypted: NIGHTQUEST_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE is "
                "wrong, or the key is damaged."
            ) from None
        key = None
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise SettingsError(f"{name} holds no RSA or elliptic curve private key in PEM form.")
    return key


def der_of(key: RSAPrivateKey | EllipticCurvePrivateKey) -> bytes:
    """An opened key as bytes, without encryption."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def said(error: Exception) -> str:
    """The connector's message in one line that ends with a full stop, without signed links."""
    message = " ".join(str(getattr(error, "msg", None) or error).split())
    return re.sub(r"\?\S+", "", message)[:300].rstrip(".") + "."
