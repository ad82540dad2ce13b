"""Write the schema language file that is committed, or check that it is up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from schema.api import schema
from validation.generated import keep

SDL_FILE = Path(__file__).parent / "schema.graphql"


def sdl() -> str:
    """The schema in the GraphQL schema language."""
    return schema.as_str().rstrip() + "\n"


def main(arguments: list[str]) -> int:
    """Write the file; with --check, compare it. Returns 1 when it is out of date, 2 on misuse."""
    return keep(SDL_FILE, sdl(), "schema.sdl", arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
