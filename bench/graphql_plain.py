"""The hub's web application with the plain Strawberry path, for bench/graphql.py --plain.

Token, scope, masking and limits are the hub's; only the compiled path is left out.
"""

from __future__ import annotations

import json
import os
from typing import Any

from hub.web import graphql
from hub.web.serve import listen, serve
from schema import api
from schema.context import Context


async def respond(
    context: Context,
    query: str,
    variables: dict[str, Any] | None = None,
    operation_name: str | None = None,
) -> api.Answer:
    """The response to one operation, executed by Strawberry."""
    given = await api.answer(context, query, variables, operation_name)
    return api.Answer(json.dumps(given, separators=(",", ":")).encode(), "data" in given)


def main() -> None:
    """Serve the database of HUB_DATABASE_URL at HUB_PORT."""
    if vars(graphql).get("respond") is not api.respond:
        raise SystemExit("hub.web.graphql no longer answers through schema.api.respond.")
    vars(graphql)["respond"] = respond
    bound = listen("127.0.0.1", int(os.environ["HUB_PORT"]))
    serve(os.environ["HUB_DATABASE_URL"], bound, lambda _: None)


if __name__ == "__main__":
    main()
