"""Read the mapping files as text and turn them into frozen models.

A plain YAML loader would make `NO` False, `0101` 65 and `31.10` 31.1; here every scalar stays
text and the models decide.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError
from typing_extensions import override

from mappings.model import (
    Addresses,
    CodeFile,
    CodeList,
    Frozen,
    IssueText,
    Layout,
    Linkage,
    Names,
    Programme,
    Rule,
    Survivorship,
)

ROOT = Path(__file__).parent
Model = TypeVar("Model", bound=Frozen)


class MappingError(Exception):
    """A mapping file is wrong; the message names the file and the field."""


class _TextLoader(yaml.CSafeLoader):
    """Leaves every scalar as text and refuses repeated keys."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the library's own attribute

    @override
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        repeated = {key for key in keys if keys.count(key) > 1}
        if repeated:
            raise MappingError(f"{node.start_mark}: repeated keys {sorted(repeated)}")
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path) -> Any:
    """The content of a mapping file, every scalar as text. Raises MappingError."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_TextLoader)  # noqa: S506 - safe
    except yaml.YAMLError as error:
        raise MappingError(f"{path.name}: {error}") from error


def _model(model: type[Model], data: Any, path: Path) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise MappingError(f"{path.name}: {error}") from error


def _file(model: type[Model], name: str) -> Model:
    path = ROOT / name
    return _model(model, read_yaml(path), path)


@cache
def layouts() -> dict[str, Layout]:
    """Every layout by its name, in order of file name. Raises MappingError."""
    found: dict[str, Layout] = {}
    for path in sorted((ROOT / "layouts").rglob("*.yml")):
        layout = _model(Layout, read_yaml(path), path)
        if layout.layout != path.stem:
            raise MappingError(f"{path.name}: holds layout {layout.layout}")
        found[layout.layout] = layout
    return found


@cache
def code_files() -> dict[str, CodeFile]:
    """Every file of code lists by its stem, such as "regsosek_2022"."""
    return {
        path.stem: _model(CodeFile, read_yaml(path), path)
        for path in sorted((ROOT / "codes").glob("*.yml"))
    }


def code_list(reference: str) -> CodeList:
    """The list named "file/list". Raises MappingError when there is none."""
    stem, _, name = reference.partition("/")
    try:
        return code_files()[stem].lists[name]
    except KeyError as error:
        raise MappingError(f"code list {reference} does not exist") from error


@cache
def programmes() -> dict[str, Programme]:
    """The programme catalogue by code."""
    path = ROOT / "programmes.yml"
    return {p.code: p for p in (_model(Programme, entry, path) for entry in read_yaml(path))}


@cache
def rules() -> dict[str, Rule]:
    """The overlap rules by code."""
    found = (
        _model(Rule, entry, path)
        for path in sorted((ROOT / "rules").glob("*.yml"))
        for entry in read_yaml(path)
    )
    return {rule.code: rule for rule in found}


@cache
def survivorship() -> Survivorship:
    """Which source wins, per golden attribute."""
    return _file(Survivorship, "survivorship.yml")


@cache
def linkage() -> Linkage:
    """When two rows are one person."""
    return _file(Linkage, "linkage.yml")


@cache
def names() -> Names:
    """How names vary in writing."""
    return _file(Names, "names.yml")


@cache
def addresses() -> Addresses:
    """The words of addresses."""
    return _file(Addresses, "addresses.yml")


@cache
def issue_texts() -> dict[str, IssueText]:
    """The issue catalogue by code."""
    path = ROOT / "issues.yml"
    return {t.code: t for t in (_model(IssueText, entry, path) for entry in read_yaml(path))}
