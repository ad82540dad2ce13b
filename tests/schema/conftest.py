from collections.abc import Iterator

import pytest
import rich_registry as rich
from asking import Asker, asking, values_of
from operations import Values
from registries import own_registry, registry, shared_database

__all__ = ["own_registry", "registry"]


@pytest.fixture(scope="session")
def made() -> rich.Registry:
    """The rows of `rich_registry`."""
    return rich.make()


@pytest.fixture(scope="session")
def rich_registry(database_url: str, _template: str, made: rich.Registry) -> Iterator[str]:
    """The URL of the larger registry, for tests that change nothing."""
    with shared_database(database_url, _template) as url:
        rich.fill(url, made)
        yield url


@pytest.fixture(scope="session")
def rich_asker(rich_registry: str) -> Iterator[Asker]:
    """Asks the larger registry."""
    with asking(rich_registry) as asker:
        yield asker


@pytest.fixture(scope="session")
def values(rich_asker: Asker, made: rich.Registry) -> Values:
    """Arguments for the larger registry."""
    return values_of(made, rich_asker)
