"""The nightly-paid workbook as one kind of import: what the kernel's screens and the command ask of it."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from bookings.sheet import apply, checks, diff, sheets, voids
from bookings.sheet.records import read_records
from lewisham_ta import audit
from lewisham_ta.imports.preview import Importer, Plan
from lewisham_ta.imports.workbook import Sheet
from lewisham_ta.refusals import refusing


class NightlyPaid(Importer):
    name = "nightly-paid"
    label = "Nightly-paid sheet"
    noun = "the nightly-paid sheet"
    hint = (
        "The workbook with the sheets Providers, Units, Bookings and Rate changes (.xlsx, .xls or .ods). Headings may "
        "stand in any of the first rows and in any order. Check out is the morning of departure, which is not charged."
    )
    permission = "bookings.manage_bookings"

    def plan(self, sheets_read: Sequence[Sheet]) -> Plan:
        nightly = sheets.read(sheets_read)
        records = read_records()
        if nightly.is_readable:
            checks.check(nightly, records)
            voids.check(nightly, records)
        if nightly.wrong:
            return Plan(wrong=nightly.wrong, notes=nightly.notes)
        return diff.compare(nightly, records, today=timezone.localdate())

    def apply(self, plan: Plan, **context: Any) -> None:
        with audit.acting(context["by"], "nightly-paid sheet"), refusing():
            apply.apply(plan.work, **context)


NIGHTLY_PAID = NightlyPaid()
