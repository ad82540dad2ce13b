"""What rows claim about benefits and welfare: receipts and rankings, as JSON per row.

A receipt comes from a recipient list (basis LIST) or from a survey's yes (basis FLAG). Both
carry a period; overlap rules compare periods, so none is ever assumed where the layout, the
row or the caller states none.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import polars as pl

from adapters import jsontext, parsers
from adapters.tabular import Mapped, may_show
from mappings.load import programmes
from mappings.model import normalise
from validation.issues import issue, none, on_rows

SCOPES = ("national", "province", "regency")


def add_claims(mapped: Mapped, programme: str | None, period: str | None) -> Mapped:
    """Add `receipts` and `rankings` (JSON text, null when there is none) to the rows.

    `programme` and `period` are the caller's, for lists that name none. Issues:
    PROGRAMME_NEEDED, PROGRAMME_MISSING, PROGRAMME_UNKNOWN, PERIOD_NEEDED, PERIOD_INVALID,
    PERIOD_MISSING, PERIOD_UNREAD.
    """
    frame, issues = mapped.frame, [mapped.issues]
    rule = mapped.table.layout.programme
    fallback = period or rule.period
    if mapped.table.layout.subject == "receipt":
        frame, raised = _listed(mapped, programme or rule.code, fallback)
    else:
        frame, raised = _flagged(mapped, fallback)
    issues.append(raised)
    frame = frame.with_columns(_rankings(mapped, frame))
    return replace(mapped, frame=frame, issues=pl.concat(issues))


def _listed(
    mapped: Mapped, programme: str | None, period: str | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    frame = mapped.frame
    has = set(frame.columns)
    sheet = mapped.table.index
    if programme is None and "receipt.programme" not in has:
        return _no_receipts(frame), issue("PROGRAMME_NEEDED", sheet=sheet)
    dated = has & {"receipt.period", "receipt.year", "receipt.date"}
    if period is None and not dated:
        return _no_receipts(frame), issue("PERIOD_NEEDED", sheet=sheet)
    given = pl.col("receipt.programme") if "receipt.programme" in has else pl.lit(None, pl.String)
    code = parsers.code_key(given).replace_strict(_catalogue(), default=None)
    code = pl.when(given.is_null()).then(pl.lit(programme, pl.String)).otherwise(code)
    amount = pl.col("receipt.amount") if "receipt.amount" in has else pl.lit(None, parsers.MONEY)
    status = pl.col("receipt.status") if "receipt.status" in has else pl.lit(None, pl.String)
    parsed = frame.with_columns(code.alias("#programme"), *_list_period(frame, period))
    claim = _claim(
        jsontext.quoted(pl.col("#programme")), pl.col("#start"), pl.col("#end"), amount,
        status.fill_null("RECEIVED"), "LIST",
    )  # fmt: skip
    parsed = parsed.with_columns(jsontext.array([claim]).alias("receipts"))
    stated = [c for c in ("receipt.period", "receipt.date", "receipt.year") if c in has]
    period_given = pl.any_horizontal(
        [pl.col(c).is_not_null() for c in stated] or [pl.lit(value=False)]
    )
    no_start = pl.col("#start").is_null()
    no_code = pl.col("#programme").is_null()
    raised = [
        _told(mapped, parsed, no_code & given.is_null(), "PROGRAMME_MISSING", "receipt.programme"),
        _told(mapped, parsed, no_code & given.is_not_null(), "PROGRAMME_UNKNOWN",
              "receipt.programme"),
        _told(mapped, parsed, no_start & period_given, "PERIOD_INVALID", *stated),
        _told(mapped, parsed, ~no_start & pl.col("#unread"), "PERIOD_UNREAD", "receipt.period"),
        _told(mapped, parsed, no_start & ~period_given, "PERIOD_MISSING", *stated),
    ]  # fmt: skip
    return parsed.drop("#programme", "#start", "#end", "#unread"), pl.concat(raised)


def _list_period(frame: pl.DataFrame, period: str | None) -> list[pl.Expr]:
    """`#start` and `#end` of each row: its period, year and month, or day; else the list's.
    `#unread` marks rows whose own period text could not be read."""
    has = set(frame.columns)
    starts: list[pl.Series | pl.Expr] = []
    ends: list[pl.Series | pl.Expr] = []
    unread: pl.Series | pl.Expr = pl.lit(value=False)
    if "receipt.period" in has:
        found = parsers.periods(frame.select(_period_text(has)).to_series())
        unread = frame["receipt.period"].is_not_null() & found["start"].is_null()
        _add(found, starts, ends)
    if "receipt.year" in has:
        _add(frame.select(_year_and_month(has, "receipt")), starts, ends)
    if "receipt.date" in has:
        starts.append(pl.col("receipt.date"))
        ends.append(pl.col("receipt.date"))
    if period is not None:
        whole = parsers.periods(pl.Series([period]))
        starts.append(pl.lit(whole["start"][0], pl.Date))
        ends.append(pl.lit(whole["end"][0], pl.Date))
    unread = pl.lit(unread) if isinstance(unread, pl.Series) else unread
    return [
        pl.coalesce(starts).alias("#start"), pl.coalesce(ends).alias("#end"),
        unread.alias("#unread"),
    ]  # fmt: skip


def _period_text(has: set[str]) -> pl.Expr:
    """The period, with the year of its own column where it names none: "TAHAP 2" and 2024."""
    text = pl.col("receipt.period")
    if "receipt.year" not in has:
        return text
    year = pl.col("receipt.year").cast(pl.String)
    joint = pl.when(text.str.contains(r"^\d{1,2}$")).then(pl.lit("/")).otherwise(pl.lit(" "))
    alone = text.str.contains(r"(20|19)\d{2}") | year.is_null()
    return pl.when(alone).then(text).otherwise(pl.concat_str(text, joint, year))


def _add(
    found: pl.DataFrame, starts: list[pl.Series | pl.Expr], ends: list[pl.Series | pl.Expr]
) -> None:
    starts.append(pl.lit(found["start"]))
    ends.append(pl.lit(found["end"]))


def _year_and_month(has: set[str], stem: str) -> list[pl.Expr]:
    month = f"{stem}.month"
    given = pl.col(month) if month in has else pl.lit(None, pl.Int64)
    start, end = parsers.months(pl.col(f"{stem}.year"), given.fill_null(1), given.fill_null(12))
    return [start.alias("start"), end.alias("end")]


def _flagged(mapped: Mapped, period: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    frame = mapped.frame
    flags = [n for n in frame.columns if n.startswith("programme.") and n.count(".") == 1]
    if not flags:
        return _no_receipts(frame), none()
    edition = frame["#edition"].str.extract(r"(\d{4})", 1)
    stated = edition if period is None else pl.repeat(period, frame.height, eager=True)
    fallback = parsers.periods(stated)
    frame = frame.with_columns(fallback["start"].alias("#start"), fallback["end"].alias("#end"))
    claims, unread = [], []
    for flag in flags:
        found, failed = _flag_period(frame, flag)
        frame = frame.with_columns(
            found["start"].alias(f"#{flag}.start"), found["end"].alias(f"#{flag}.end")
        )
        amount = f"{flag}.amount"
        money = pl.col(amount) if amount in frame.columns else pl.lit(None, parsers.MONEY)
        status = f"{flag}.status"
        state = pl.col(status) if status in frame.columns else pl.lit(None, pl.String)
        claim = _claim(
            pl.lit(json.dumps(flag.removeprefix("programme."))),
            pl.coalesce(f"#{flag}.start", "#start"), pl.coalesce(f"#{flag}.end", "#end"), money,
            state.fill_null("RECEIVED"), "FLAG",
        )  # fmt: skip
        claims.append(pl.when(pl.col(flag).fill_null(value=False)).then(claim))
        if failed is not None:
            unread.append(
                _told(mapped, frame, failed & pl.col(flag), "PERIOD_UNREAD", f"{flag}.period")
            )
    listed = jsontext.array(claims).alias("receipts")
    return frame.with_columns(listed), pl.concat([none(), *unread])


def _flag_period(frame: pl.DataFrame, flag: str) -> tuple[pl.DataFrame, pl.Series | None]:
    """The period a flag's companions state, and where their text could not be read."""
    has = set(frame.columns)
    if f"{flag}.year" in has:
        return frame.select(_year_and_month(has, flag)), None
    if f"{flag}.period" in has:
        found = parsers.periods(frame[f"{flag}.period"])
        return found, frame[f"{flag}.period"].is_not_null() & found["start"].is_null()
    nothing = pl.Series([None], dtype=pl.Date).new_from_index(0, frame.height)
    return pl.DataFrame({"start": nothing, "end": nothing}), None


def _claim(
    programme: pl.Expr, start: pl.Expr, end: pl.Expr, amount: pl.Expr, status: pl.Expr, basis: str
) -> pl.Expr:
    return jsontext.record(
        {
            "programme": programme,
            "start": start.dt.to_string('"%Y-%m-%d"'),
            "end": end.dt.to_string('"%Y-%m-%d"'),
            "amount": jsontext.quoted(amount.cast(pl.String)),
            "status": jsontext.quoted(status),
            "basis": pl.lit(json.dumps(basis)),
        }
    )


def _rankings(mapped: Mapped, frame: pl.DataFrame) -> pl.Expr:
    layout = mapped.table.layout
    claims = []
    for scope in SCOPES:
        names = {f: f"ranking.{scope}.{f}" for f in ("decile", "percentile", "rank", "score")}
        found = {f: n for f, n in names.items() if n in frame.columns}
        if not found:
            continue
        figures = {f: pl.col(n) for f, n in found.items()}
        if layout.decile_from_percentile and "percentile" in figures:
            # BDT 2015: percentiles 0 and 1-10 are decile 1, 11-20 decile 2, and so on.
            figures["decile"] = ((figures["percentile"] - 1) // 10 + 1).clip(lower_bound=1)
        claim = jsontext.record(
            {
                "scope": pl.lit(json.dumps(scope.upper())),
                "method": pl.lit(json.dumps(layout.ranking_method)),
                **{f: jsontext.quoted(figures.get(f, pl.lit(None)).cast(pl.String)) for f in names},
            }
        )
        stated = pl.any_horizontal(pl.col(n).is_not_null() for n in found.values())
        claims.append(pl.when(stated).then(claim))
    listed = jsontext.array(claims) if claims else pl.lit(None, pl.String)
    return listed.alias("rankings")


def _no_receipts(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.lit(None, pl.String).alias("receipts"))


@cache
def _catalogue() -> dict[str, str]:
    return {
        normalise(name): p.code for p in programmes().values() for name in (p.code, p.name, *p.also)
    }


def _told(
    mapped: Mapped, frame: pl.DataFrame, mask: pl.Expr, code: str, *names: str
) -> pl.DataFrame:
    named = next((n for n in names if n in mapped.headings), None)
    place = mapped.headings[named] if named else (None, None)
    bad = frame.filter(mask.fill_null(value=False))
    shown = named and may_show(bad[named], frame[named])
    value = pl.col(named).cast(pl.String) if named and shown else None
    return on_rows(bad, code, place, value=value)
