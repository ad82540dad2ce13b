"""Failures of the store are told as sentences."""

import psycopg
import pytest

from hub.cli.connection import sentences


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (psycopg.OperationalError("connection to 10.0.0.1 failed"), "coba lagi"),
        (psycopg.errors.DiskFull("could not extend file"), "Disk basis data penuh"),
        (psycopg.errors.UniqueViolation("Key (nik)=(3520011506809001)"), "kode 23505"),
        (psycopg.ProgrammingError("near SITI"), "kode ProgrammingError"),
    ],
)
def test_an_error_of_the_database_is_a_sentence_without_its_values(
    error: psycopg.Error, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    @sentences
    def command() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        command()
    shown = capsys.readouterr().err
    assert (ended.value.code, told in shown) == (1, True)
    assert "352001" not in shown
    assert "SITI" not in shown
