"""What a token may do, beside reading."""

from __future__ import annotations

from mappings.vocabulary import Term


class Right(Term):
    """What a token may do, beside reading."""

    UPLOAD = "upload", "Mengunggah kiriman", "Bring deliveries"
    PUBLISH = "publish", "Menerbitkan, menolak, dan membatalkan kiriman", "Publish, reject and undo"
    JUDGE = "judge", "Menilai tanda tumpang tindih", "Judge overlap flags"
