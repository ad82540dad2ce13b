"""The generated document of the issue catalogue."""

from pathlib import Path

import pytest

from mappings.load import issue_texts
from validation import catalogue


def test_the_document_is_current() -> None:
    assert catalogue.main(["--check"]) == 0


def test_every_issue_stands_in_its_section_with_both_languages() -> None:
    sections = dict(section.split("\n", 1) for section in catalogue.document().split("\n## ")[1:])
    for text in issue_texts().values():
        section = sections[text.code.partition("_")[0]]
        (row,) = [r for r in section.splitlines() if r.startswith(f"| `{text.code}` |")]
        told = (text.severity, text.id, text.remedy_id, text.en, text.remedy_en)
        assert [t for t in told if t.replace("|", r"\|") not in row] == []
        assert row.replace(r"\|", "").count("|") == 5


def test_a_stale_document_is_told_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalogue, "DOCUMENT", tmp_path / "issues.md")
    assert (catalogue.main(["--check"]), catalogue.main(["--chek"])) == (1, 2)
    assert "python -m validation.catalogue" in capsys.readouterr().err
    assert (catalogue.main([]), catalogue.main(["--check"])) == (0, 0)
    (tmp_path / "issues.md").write_text("old", encoding="utf-8")
    assert catalogue.main(["--check"]) == 1
