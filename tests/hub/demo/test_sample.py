"""The sample as a whole: files, manifest and truth agree, and equal seeds give equal files."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from adapters.delivery import Options, check_file
from hub.demo.options import Manifest, SampleError, SampleOptions
from hub.demo.population import chunks, slices
from hub.demo.sample import generate
from mappings.load import layouts, rules

SMALL = ("p3ke-2023-family", "p3ke-2022-person", "dtks-siksng-export", "recipients-pbi-jk")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """Every layout, once for the module: 60 households of two regencies."""
    out = tmp_path_factory.mktemp("sample")
    return out, generate(SampleOptions(out=out, households=60, noise="hard"))


def truth(out: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(out / "truth" / f"{name}.csv", infer_schema=False)


def test_every_layout_is_written_for_every_regency(sample: tuple[Path, Manifest]) -> None:
    _, manifest = sample
    written = {(file.layout, file.regency) for file in manifest.files}
    assert written == {(name, r) for name in layouts() for r in ("3520", "5206")}


def test_equal_seeds_give_equal_files(tmp_path: Path) -> None:
    options = SampleOptions(out=tmp_path / "one", households=20, layouts=SMALL)
    one, two = generate(options), generate(replace(options, out=tmp_path / "two"))
    assert [file.sha256 for file in one.files] == [file.sha256 for file in two.files]


def test_another_seed_gives_other_files(tmp_path: Path) -> None:
    options = SampleOptions(out=tmp_path / "one", households=20, layouts=SMALL)
    one, two = generate(options), generate(replace(options, out=tmp_path / "two", seed=2))
    assert not {file.sha256 for file in one.files} & {file.sha256 for file in two.files}


def test_a_layout_alone_is_the_same_file_as_among_others(tmp_path: Path) -> None:
    options = SampleOptions(out=tmp_path / "one", households=20, layouts=SMALL)
    one = generate(options).files
    two = generate(replace(options, out=tmp_path / "two", layouts=SMALL[:1])).files
    assert [f.sha256 for f in one if f.layout == SMALL[0]] == [f.sha256 for f in two]


def test_truth_counts_every_fault_once(sample: tuple[Path, Manifest]) -> None:
    out, manifest = sample
    changes = truth(out, "rows")["changes"].drop_nulls().str.split("|").explode()
    counted = Counter(changes.str.extract(r":(\w+)$", 1).drop_nulls().to_list())
    assert dict(sorted(counted.items())) == manifest.faults
    assert sum(sum(file.faults.values()) for file in manifest.files) == counted.total() > 500


def test_truth_has_one_line_for_every_row_of_every_file(sample: tuple[Path, Manifest]) -> None:
    out, manifest = sample
    lines = dict(truth(out, "rows").group_by("layout").len().rows())
    rows: Counter[str] = Counter()
    for file in manifest.files:
        rows[file.layout] += file.rows
    assert lines == {layout: count for layout, count in rows.items() if count}


def test_manifest_on_disk_is_the_one_returned(sample: tuple[Path, Manifest]) -> None:
    out, manifest = sample
    read = json.loads((out / "truth" / "manifest.json").read_text())
    assert read["persons"] == manifest.persons == truth(out, "persons").height
    assert [f["sha256"] for f in read["files"]] == [f.sha256 for f in manifest.files]


def test_truth_points_to_the_row_of_the_person(tmp_path: Path) -> None:
    options = SampleOptions(
        out=tmp_path, households=20, noise="none", layouts=("p3ke-2023-family",)
    )
    path = tmp_path / generate(options).files[0].path
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file, delimiter=";"))
    niks = dict(truth(tmp_path, "persons").select("person_id", "nik").iter_rows())
    rows = truth(tmp_path, "rows").filter(pl.col("file") == path.name)
    for person, row in rows.select("person_id", "row").iter_rows():
        assert lines[int(row) - 2]["NIK Kepala Keluarga"] == niks[person]


def test_two_regencies_share_the_households_evenly(tmp_path: Path) -> None:
    options = SampleOptions(out=tmp_path, households=7)
    assert [part.households for part in slices(options)] == [4, 3]


def test_chunks_are_bounded_and_cover_all_households(tmp_path: Path) -> None:
    options = SampleOptions(out=tmp_path, households=50, chunk=8)
    made = [chunk.households for chunk in chunks(options)]
    assert max(frame.height for frame in made) == 8
    assert pl.concat(made)["_hid"].to_list() == list(range(1, 51))


def test_persons_of_all_chunks_have_distinct_numbers(tmp_path: Path) -> None:
    options = SampleOptions(out=tmp_path, households=4_000, chunk=500)
    persons = pl.concat(chunk.persons.select("_pid", "person.nik") for chunk in chunks(options))
    assert persons["person.nik"].is_unique().all()
    assert persons["_pid"].is_unique().all()


def test_an_unknown_layout_or_regency_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="no layout 'nope'"):
        generate(SampleOptions(out=tmp_path, layouts=("nope",)))
    with pytest.raises(SampleError, match="no regency or city with the code '9999'"):
        generate(SampleOptions(out=tmp_path, regencies=("9999",)))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_other_formats_can_be_asked_for(tmp_path: Path, kind: str) -> None:
    options = SampleOptions(out=tmp_path, households=6, layouts=SMALL, format=kind)  # type: ignore[arg-type]
    files = generate(options).files
    assert {Path(file.path).suffix for file in files} == {f".{kind}"}


def test_files_without_noise_are_accepted_whole(tmp_path: Path) -> None:
    names = ("p3ke-2022-person", "dukcapil-ws", "siga-krs-workbook", "bdt-ruta", "sipd-pagu")
    options = SampleOptions(
        out=tmp_path, households=20, noise="none", layouts=names, regencies=("5206",)
    )
    for file in generate(options).files:
        said = Options(region=file.region, edition=file.edition)
        checked = check_file(tmp_path / file.path, said)
        counts = checked.counts()
        assert (checked.refused, counts["accepted"]) == (False, file.rows), file.path
        assert (counts["warning"], counts["rejected"]) == (0, 0), file.path


def test_flags_that_can_be_expected_are_visible_in_files(sample: tuple[Path, Manifest]) -> None:
    out, _ = sample
    overlaps = truth(out, "overlaps")
    duplicates = overlaps.filter(pl.col("rule").str.starts_with("DUPLICATE"))
    both = (pl.col("listed") == "true") & (pl.col("against_listed") == "true")
    assert duplicates.filter(both).height == duplicates.filter(expected="true").height


def test_default_sample_lets_every_rule_raise_a_flag(tmp_path: Path) -> None:
    names = tuple(n for n in layouts() if n.startswith(("recipients", "p3ke", "dukcapil-match")))
    generate(SampleOptions(out=tmp_path, layouts=names))
    expected = truth(tmp_path, "overlaps").filter(expected="true")
    assert set(expected["rule"]) == set(rules())
