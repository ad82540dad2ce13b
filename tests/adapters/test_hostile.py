"""Every hostile, broken or odd file ends in rows or in a sentence, never in an exception."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hostile import Case, cases

from adapters import delivery
from adapters.base import FileRefused, RawFile
from adapters.delivery import Options, check_file
from adapters.readers import read
from validation.issues import render

CASES = cases(large=False)
Outcome = RawFile | FileRefused


def outcome(file: Path) -> Outcome:
    try:
        return read(file)
    except FileRefused as refusal:
        return refusal


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """All files are read at once: each waits for a process of its own."""
    folder = tmp_path_factory.mktemp("hostile")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda case: outcome(case.file(folder)), CASES)
        return {case.name: result for case, result in zip(CASES, found, strict=True)}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_reader_takes_or_refuses(case: Case, outcomes: dict[str, Outcome]) -> None:
    found = outcomes[case.name]
    if isinstance(found, FileRefused):
        assert (case.refused, found.detail) == (found.code, found.detail)
        return
    cells = found.sheets[0].cells
    assert (case.refused, cells.height) == (None, case.rows)
    texts = {text for column in cells.get_columns() for text in column.drop_nulls().head(100)}
    assert case.shows is None or case.shows in texts
    assert not any("\0" in text for text in texts)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_steward_is_told_in_sentences(
    case: Case, outcomes: dict[str, Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    def again(_: Path) -> RawFile:
        found = outcomes[case.name]
        if isinstance(found, FileRefused):
            raise found
        return found

    monkeypatch.setattr(delivery, "read", again)
    checked = check_file(Path("berkas" + case.extension), Options())
    told = checked.issues.filter(checked.issues["row"].is_null() | (checked.issues["row"] < 9))
    if case.refused:
        assert checked.refused
        assert case.refused in told["code"]
    for issue in told.unique("code").to_dicts():
        # The steward's own words may hold anything; the sentence around them must be whole.
        own = {key: "x" if key == "value" else issue[key] for key in issue}
        for language in ("id", "en"):
            for sentence in render(issue["code"], own, language):
                assert sentence.endswith((".", "?"))
                assert "None" not in sentence
                assert "{" not in sentence or "{" in str(issue["found"])
