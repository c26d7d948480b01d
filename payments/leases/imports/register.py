"""The register as one kind of import: what the kernel's screens and the command ask of it."""

from collections.abc import Sequence
from typing import Any

from lewisham_ta import audit
from lewisham_ta.imports.preview import Importer, Plan
from lewisham_ta.imports.workbook import Sheet
from lewisham_ta.refusals import refusing
from payments.leases.imports import apply, checks, diff, sheets
from payments.leases.imports.records import WHY, read_records
from payments.leases.locks import SCHEDULES


class PslRegister(Importer):
    name = "psl-register"
    label = "PSL register"
    noun = "the PSL register"
    hint = (
        "The workbook with the sheets Landlords, Properties, Leases, Rent changes, Suspensions and holds, Adjustments "
        "and Certificates (.xlsx, .xls or .ods). Headings may stand in any of the first rows and in any order."
    )
    permission = "payments.manage_leases"
    locks = (SCHEDULES,)

    def plan(self, sheets_read: Sequence[Sheet]) -> Plan:
        register = sheets.read(sheets_read)
        records = read_records()
        if not any(sheet.is_missing or not sheet.columns for sheet in register.sheets[:3]):
            checks.check(register, records)
        if register.wrong:
            return Plan(wrong=register.wrong, doubtful=register.doubtful, notes=register.notes)
        return diff.compare(register, records)

    def apply(self, plan: Plan, **context: Any) -> None:
        with audit.acting(context["by"], WHY), refusing():
            apply.apply(plan.work, **context)


PSL_REGISTER = PslRegister()
