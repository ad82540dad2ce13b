import psycopg
import pytest
from registries import own_registry, registry

from hub.core.access import create_token

__all__ = ["own_registry", "registry"]


@pytest.fixture(scope="session")
def token(registry: str) -> str:
    """A token of someone of Magetan."""
    with psycopg.connect(registry) as connection:
        return create_token(connection, "penguji", ("3520",), False, False, 1)
