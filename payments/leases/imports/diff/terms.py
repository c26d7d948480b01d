"""What hangs on a lease: changes of its rent, suspensions, holds and adjustments."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from lewisham_ta.dates import end_after
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.compare import say_label, say_last_day
from lewisham_ta.imports.preview import Item, State
from lewisham_ta.imports.table import Found, Row
from lewisham_ta.templatetags import ta
from payments.leases.imports.checks import adjustment_key
from payments.leases.imports.diff.comparison import Comparison
from payments.leases.imports.diff.fields import RENT_CHANGE, SPELL
from payments.leases.imports.records import AdjustmentKey
from payments.leases.imports.sheets import HOLD
from payments.leases.models import Adjustment


def rent_changes(diff: Comparison) -> None:
    found, listed = diff.register.rent_changes, set()
    starts = {ref_key(row["Lease Ref"]): row["Start"] for row in diff.register.leases.rows}
    known = {
        (lease, rent.from_on): rent
        for lease, rents in diff.records.rents.items()
        for rent in rents
        if rent != diff.records.first_rent(lease)
    }
    for row in found.rows:
        lease, from_on = ref_key(row["Lease Ref"]), row["From"]
        if starts.get(lease) == from_on:
            continue
        listed.add((lease, from_on))
        ref = f"{diff.ref('lease', lease)} from {ta.day(from_on)}"
        values = {"amount": row["New rent"], "reason": row.get("Reason") or ""}
        if rent := known.get((lease, from_on)):
            stored = {"amount": rent.amount, "reason": rent.reason}
            diff.add_known("Rent change", ref, rent.pk, *diff.differences(found, row, RENT_CHANGE, values, stored))
        else:
            values |= {"lease": lease, "from_on": from_on}
            diff.add_new("Rent change", ref, values, ta.pounds(values["amount"]))
    _gone_unless(diff, found, "Rent change", listed, known)


def spells(diff: Comparison) -> None:
    found, listed = diff.register.spells, set()
    for row in found.rows:
        key = (ref_key(row["Lease Ref"]), row["Kind"], row["From"])
        listed.add(key)
        what = "Hold" if key[1] == HOLD else "Suspension"
        ref = f"{diff.ref('lease', key[0])} from {ta.day(key[2])}"
        ends_on = end_after(row["To"])
        values = {"ends_on": ends_on, "reason": row.get("Reason") or ""}
        if stored := diff.records.spells.get(key):
            diff.add_known(what, ref, stored.pk, *diff.differences(found, row, SPELL, values, stored.values))
        else:
            words = f"to {say_last_day(ends_on) or 'further notice'}"
            diff.add_new(what, ref, values | {"lease": key[0], "starts_on": key[2]}, words)
    for kind in ("Suspension", "Hold"):
        theirs = {(key[0], key[2]): None for key in diff.records.spells if key[1] == kind.lower()}
        _gone_unless(diff, found, kind, {(key[0], key[2]) for key in listed if key[1] == kind.lower()}, theirs)


def adjustments(diff: Comparison) -> None:
    found = diff.register.adjustments
    left = Counter(diff.records.adjustments)
    fresh: list[tuple[Row, AdjustmentKey]] = []
    for row in found.rows:
        key: AdjustmentKey = adjustment_key(row)
        if left[key]:
            left[key] -= 1
            diff.plan.unchanged["Adjustment"] += 1
        else:
            fresh.append((row, key))
    gone = list(left.elements()) if not found.is_missing else []
    beside: dict[tuple[Any, ...], list[AdjustmentKey]] = {}
    for key in gone:
        beside.setdefault(key[:3], []).append(key)
    for row, key in fresh:
        diff.work.adjustments.append(key)
        diff.plan.items.append(Item("Adjustment", _adjustment_ref(diff, key), State.NEW, _adjustment_words(key)))
        for other in beside.get(key[:3], []):
            words = f"taken beside the recorded {_adjustment_words(other)}: withdraw that if this replaces it"
            diff.register.doubt(found, row, "Amount", words)
        if diff.records.open_from and key[1] < diff.records.open_from:
            is_late = key[1] in diff.records.late_months
            words = "this will be paid with the next schedule" if is_late else "no schedule will pay this any more"
            diff.register.doubt(found, row, "Month", f"{ta.month(key[1])} is signed off: {words}")
    for key in gone:
        diff.add_gone("Adjustment", _adjustment_ref(diff, key), _adjustment_words(key))


def _gone_unless(
    diff: Comparison, found: Found, what: str, listed: set[Any], known: Mapping[tuple[str, date], Any]
) -> None:
    """Records of a lease that the sheet does not have. A sheet that is missing says nothing about them."""
    if not found.is_missing:
        for lease, day in known:
            if (lease, day) not in listed:
                diff.add_gone(what, f"{diff.ref('lease', lease)} from {ta.day(day)}")


def _adjustment_ref(diff: Comparison, key: AdjustmentKey) -> str:
    return f"{diff.ref('lease', key[0])} for {ta.month(key[1])}"


def _adjustment_words(key: AdjustmentKey) -> str:
    return f"{say_label(Adjustment.Kind)(key[2])} {ta.pounds(key[3])}, {key[4]}"
