"""The settings of the hub: the only place that reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[1]
_URL_PREFIXES = ("postgresql://", "postgres://")


class SettingsError(Exception):
    """A setting cannot be used. The message is one sentence and never repeats a secret."""


@dataclass(frozen=True)
class Settings:
    """What the environment says, checked.

    `database_url` is None when the hub is to run its own embedded PostgreSQL in `data_dir`.
    """

    data_dir: Path
    database_url: str | None
    host: str
    port: int
    spool_dir: Path
    upload_mb: int
    one_person: bool  # an office of one: who uploads may publish


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings found in `environ`; an empty value counts as not set.

    Raises SettingsError when a value cannot be used.
    """
    data_dir = _data_dir(environ.get("HUB_DATA_DIR", "").strip())
    return Settings(
        data_dir=data_dir,
        database_url=_database_url(environ.get("HUB_DATABASE_URL", "").strip()),
        host=environ.get("HUB_HOST", "").strip() or "127.0.0.1",
        port=_port(environ.get("HUB_PORT", "").strip() or "8000"),
        spool_dir=_spool_dir(environ.get("HUB_SPOOL_DIR", "").strip(), data_dir),
        upload_mb=_upload_mb(environ.get("HUB_UPLOAD_MB", "").strip() or "1024"),
        one_person=_one_person(environ.get("HUB_ONE_PERSON", "").strip() or "false"),
    )


def _data_dir(text: str) -> Path:
    try:
        path = Path(text).expanduser() if text else _REPOSITORY / ".hub"
    except RuntimeError as error:
        raise SettingsError(
            f"HUB_DATA_DIR names a home folder that does not exist: {text}."
        ) from error
    # Not resolved: the store decides whether two spellings are one folder.
    path = Path.cwd() / path
    if path.exists() and not path.is_dir():
        raise SettingsError(f"HUB_DATA_DIR must be a folder, but {path} is a file.")
    return path


def _database_url(text: str) -> str | None:
    if not text:
        return None
    if not text.startswith(_URL_PREFIXES):
        raise SettingsError(
            "HUB_DATABASE_URL must be a PostgreSQL address such as "
            "postgresql://user:password@host:5432/database."
        )
    return text


def _port(text: str) -> int:
    # isascii as well: isdigit alone also accepts digits of other scripts.
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise SettingsError(f"HUB_PORT must be a whole number from 1 to 65535, not {text!r}.")
    return int(text)


def _spool_dir(text: str, data_dir: Path) -> Path:
    path = Path.cwd() / text if text else data_dir / "spool"
    if path.exists() and not path.is_dir():
        raise SettingsError(f"HUB_SPOOL_DIR must be a folder, but {path} is a file.")
    return path


def _upload_mb(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 8 and 1 <= int(text) <= 1_000_000):
        raise SettingsError(
            f"HUB_UPLOAD_MB must be a whole number from 1 to 1000000, not {text!r}."
        )
    return int(text)


def _one_person(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise SettingsError(f"HUB_ONE_PERSON must be true or false, not {text!r}.")
    return text.lower() == "true"
