"""The lock file of the audits."""

import json
from pathlib import Path

LOCK = Path(__file__).parent / "package-lock.json"


def test_packages_are_pinned_by_hash_and_no_host_is_named() -> None:
    text = LOCK.read_text(encoding="utf-8")
    packages = {name: about for name, about in json.loads(text)["packages"].items() if name}
    assert set(packages) == {"node_modules/graphql", "node_modules/graphql-http"}
    assert all(about["integrity"].startswith("sha512-") for about in packages.values())
    assert "://" not in text
    assert "resolved" not in text
