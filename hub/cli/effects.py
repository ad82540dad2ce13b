"""What a publication changes, as a table."""

from __future__ import annotations

from dataclasses import asdict

from rich.table import Table

from hub.cli.common import console
from hub.core.registry.journal import Effects


def show_effects(effects: Effects) -> None:
    """Print what a publication changes or changed."""
    count = asdict(effects)
    table = Table("", "baru / new", "berubah / changed", "hilang / gone", header_style="bold")
    for title, names in (
        ("orang / persons", ("persons_new", "persons_changed", "persons_gone")),
        ("keluarga / households", ("households_new", "households_changed", "households_gone")),
        ("penerimaan / receipts", ("receipts_new", None, "receipts_gone")),
        ("tanda tumpang tindih / overlap flags", ("flags_raised", None, "flags_withdrawn")),
    ):
        table.add_row(title, *("" if name is None else str(count[name]) for name in names))
    console.print(table)
    console.print(
        f"Desil naik pada {effects.deciles_up} keluarga, turun pada {effects.deciles_down}."
        f" / The decile of {effects.deciles_up} households rises, of {effects.deciles_down} falls.",
        highlight=False,
    )
