"""Settings come from the environment once, and a bad one is told in a sentence."""

from pathlib import Path

import pytest

from hub.settings import Settings, SettingsError, load


def test_an_empty_environment_gives_a_hub_for_this_machine_only() -> None:
    root = Path(__file__).parents[2]
    data = root / ".hub"
    assert load({}) == Settings(data, None, "127.0.0.1", 8000, data / "spool", 1024, False)
    assert load({"HUB_DATABASE_URL": "", "HUB_PORT": " "}) == load({})


def test_every_setting_is_read(tmp_path: Path) -> None:
    settings = load(
        {
            "HUB_DATA_DIR": str(tmp_path / "data"),
            "HUB_DATABASE_URL": "postgresql://db/hub",
            "HUB_HOST": "0.0.0.0",
            "HUB_PORT": "80",
            "HUB_SPOOL_DIR": str(tmp_path / "files"),
            "HUB_UPLOAD_MB": "5",
            "HUB_ONE_PERSON": "True",
        }
    )
    assert settings == Settings(
        tmp_path / "data", "postgresql://db/hub", "0.0.0.0", 80, tmp_path / "files", 5, True
    )


def test_a_relative_data_folder_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load({"HUB_DATA_DIR": "data"}).data_dir == tmp_path / "data"
    assert load({"HUB_SPOOL_DIR": "files"}).spool_dir == tmp_path / "files"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80a", "8000.0", "\u0668\u0660"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(SettingsError, match=r"^HUB_PORT must be a whole number from 1 to 65535"):
        load({"HUB_PORT": port})


@pytest.mark.parametrize("most", ["0", "-1", "1000001", "1" * 5000, "1GB", "1.5", "\u0668"])
def test_a_largest_upload_that_is_none_is_refused(most: str) -> None:
    with pytest.raises(SettingsError, match=r"^HUB_UPLOAD_MB must be a whole number from 1 to"):
        load({"HUB_UPLOAD_MB": most})


@pytest.mark.parametrize("name", ["HUB_DATA_DIR", "HUB_SPOOL_DIR"])
def test_a_folder_that_is_a_file_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=rf"^{name} must be a folder"):
        load({name: str(tmp_path / "file")})


def test_another_database_is_refused_without_showing_its_password() -> None:
    with pytest.raises(SettingsError, match=r"^HUB_DATABASE_URL must be a PostgreSQL") as refusal:
        load({"HUB_DATABASE_URL": "mysql://hub:hush@db/hub"})
    assert "hush" not in str(refusal.value)
