"""What the documents say exists and works."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from hub.cli.main import COMMANDS
from hub.settings import load
from mappings.load import issue_texts, layouts
from schema.api import schema

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_the_query_of_the_readme_is_valid() -> None:
    (query,) = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
    assert validate(schema._schema, parse(query)) == []


def test_every_hub_command_of_the_readme_exists() -> None:
    named = set(re.findall(r"^(?:\.venv/bin/)?hub ([a-z]+)", README, re.MULTILINE))
    assert named >= {"check", "import", "layouts", "template", "sample"}
    assert named <= set(COMMANDS)


def test_every_make_target_of_the_readme_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`?make ([a-z-]+)", README)) <= set(targets)


def test_every_setting_is_in_the_readme(tmp_path: Path) -> None:
    source = (ROOT / "hub" / "settings.py").read_text()
    assert set(re.findall(r"HUB_[A-Z_]+", source)) <= set(re.findall(r"HUB_[A-Z_]+", README))
    assert load({"HUB_DATA_DIR": str(tmp_path)}).port == 8000


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_every_dependency_has_its_reason() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    reasons = (ROOT / "docs/decisions/0001-dependencies.md").read_text()
    wanted = re.findall(
        r'^    "([A-Za-z-]+)', pyproject.split("[project.optional")[0], re.MULTILINE
    )
    assert [name for name in wanted if name not in reasons] == []


def test_the_lock_holds_every_direct_dependency_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    pyproject = (ROOT / "pyproject.toml").read_text()
    direct = re.findall(r'^    "([A-Za-z-]+)[\[>=]', pyproject, re.MULTILINE)
    assert {name.lower() for name in direct if name.lower() != "types-pyyaml"} <= pinned
    assert lock.count("--hash=sha256:") > len(pinned)
    assert "://" not in lock


def test_every_issue_speaks_both_languages_and_gives_a_remedy() -> None:
    for text in issue_texts().values():
        assert all((text.id, text.en, text.remedy_id, text.remedy_en)), text.code
        assert text.id != text.en, text.code


def test_every_layout_is_listed_with_its_evidence() -> None:
    assert len(layouts()) >= 39
    assert {layout.evidence for layout in layouts().values()} <= {
        "seen", "seen-app", "inferred", "conflict", "project-defined",
    }  # fmt: skip


def test_no_file_holds_a_number_that_could_be_a_living_persons_nik() -> None:
    """Sixteen digits of a province there is, a possible date, and a serial that is given out."""
    living = re.compile(r"(?<!\d)(?!99)[1-9]\d{5}(?:[0-7]\d)(?:0\d|1[0-2])\d{2}0(?!000)\d{3}(?!\d)")
    for path in [*ROOT.glob("tests/**/*"), *ROOT.glob("docs/**/*"), ROOT / "README.md"]:
        if path.suffix in {".py", ".md", ".csv"}:
            found = living.findall(path.read_text(encoding="utf-8", errors="replace"))
            assert found == [], path.name
