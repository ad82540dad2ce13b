"""Write the schema language file that is committed, or check that it is up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from schema.api import schema

SDL_FILE = Path(__file__).parent / "schema.graphql"


def sdl() -> str:
    """The schema in the GraphQL schema language."""
    return schema.as_str().rstrip() + "\n"


def main(arguments: list[str]) -> int:
    """Write the file; with --check, compare it. Returns 1 when it is out of date, 2 on misuse."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m schema.sdl [--check]\n")
        return 2
    if not arguments:
        SDL_FILE.write_text(sdl(), encoding="utf-8")
        return 0
    if SDL_FILE.exists() and SDL_FILE.read_text(encoding="utf-8") == sdl():
        return 0
    sys.stderr.write(f"{SDL_FILE.name} is out of date: run `python -m schema.sdl`.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
