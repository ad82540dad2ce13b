"""Settings come from the environment once, and a bad one is told in a sentence."""

from pathlib import Path

import pytest

from hub.settings import Settings, SettingsError, load


def test_an_empty_environment_gives_a_hub_for_this_machine_only() -> None:
    root = Path(__file__).parents[2]
    assert load({}) == Settings(root / ".hub", None, "127.0.0.1", 8000)
    assert load({"HUB_DATABASE_URL": "", "HUB_PORT": " "}) == load({})


def test_every_setting_is_read(tmp_path: Path) -> None:
    settings = load(
        {
            "HUB_DATA_DIR": str(tmp_path / "data"),
            "HUB_DATABASE_URL": "postgresql://db/hub",
            "HUB_HOST": "0.0.0.0",
            "HUB_PORT": "80",
        }
    )
    assert settings == Settings(tmp_path / "data", "postgresql://db/hub", "0.0.0.0", 80)


def test_a_relative_data_folder_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load({"HUB_DATA_DIR": "data"}).data_dir == tmp_path / "data"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80a", "8000.0", "\u0668\u0660"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(SettingsError, match=r"^HUB_PORT must be a whole number from 1 to 65535"):
        load({"HUB_PORT": port})


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"^HUB_DATA_DIR must be a folder"):
        load({"HUB_DATA_DIR": str(tmp_path / "file")})


def test_another_database_is_refused_without_showing_its_password() -> None:
    with pytest.raises(SettingsError, match=r"^HUB_DATABASE_URL must be a PostgreSQL") as refusal:
        load({"HUB_DATABASE_URL": "mysql://hub:hush@db/hub"})
    assert "hush" not in str(refusal.value)
