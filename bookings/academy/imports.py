"""The extract from Academy: a snapshot of the claims, so an account that is not in it any more is marked as gone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bookings.academy.models import AcademyAccount
from lewisham_ta import audit
from lewisham_ta.imports import cells
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.compare import Comparison, Field, Stored, Update, key_of, say_day, say_label
from lewisham_ta.imports.preview import Change, Importer, Plan
from lewisham_ta.imports.table import Column, Doubtful, Found, Row, Table, Wrong, read_tables
from lewisham_ta.imports.workbook import Sheet
from lewisham_ta.imports.writing import BATCH, analyse, create, only, update
from lewisham_ta.models import User
from lewisham_ta.refusals import refusing
from lewisham_ta.templatetags import ta

Status = AcademyAccount.Status

STATUSES = {status.label: status for status in Status}
STATUSES |= {"Active": Status.LIVE, "Current": Status.LIVE, "Closed": Status.ENDED, "Canceled": Status.CANCELLED}
AMOUNT = cells.money("100000")
EXTRACT = Table(
    "Academy",
    [
        Column("Claim Ref", cells.ref(20), needed=True, synonyms=["Claim reference", "Claim No", "Claim number"]),
        Column("Surname", cells.text(60), needed=True, synonyms=["Last name"]),
        Column("Forename", cells.text(60), optional=True, synonyms=["First name", "Forenames"]),
        Column("DOB", cells.day, optional=True, synonyms=["Date of birth", "D.O.B.", "Birth date"]),
        Column(
            "NI number",
            cells.ni_number,
            optional=True,
            synonyms=["NI No", "NINO", "National Insurance number", "National Insurance No"],
        ),
        Column("Address", cells.text(200), optional=True, synonyms=["Property address"]),
        Column("Postcode", cells.postcode, optional=True, synonyms=["Post code"]),
        Column(
            "Tenancy Start",
            cells.day,
            optional=True,
            synonyms=["Rent start", "Start", "Start date", "Tenancy start date"],
        ),
        Column("Tenancy End", cells.day, optional=True, synonyms=["Rent end", "End", "End date", "Tenancy end date"]),
        Column("Weekly Rent", AMOUNT, optional=True, synonyms=["Weekly eligible rent", "Eligible rent", "Rent"]),
        Column("Weekly HB", AMOUNT, optional=True, synonyms=["Weekly Housing Benefit", "HB", "Weekly benefit"]),
        Column("Status", cells.choice(STATUSES), optional=True, synonyms=["Claim status"]),
        Column("Suspended", cells.yes_no, optional=True, synonyms=["HB suspended"]),
        Column("Cancelled", cells.yes_no, optional=True, synonyms=["Is cancelled"]),
    ],
    synonyms=["Academy extract", "Extract"],
)
ACCOUNT = [
    Field("surname", "Surname"),
    Field("forename", "Forename", keeps=True),
    Field("born_on", "DOB", say_day, keeps=True, blank=None),
    Field("ni_number", "NI number", keeps=True),
    Field("address", "Address", keeps=True),
    Field("postcode", "Postcode", keeps=True),
    Field("starts_on", "Tenancy Start", say_day),
    Field("ends_on", "Tenancy End", say_day),
    Field("weekly_rent", "Weekly Rent", ta.pounds),
    Field("weekly_benefit", "Weekly HB", ta.pounds),
    Field("status", "Status", say_label(Status)),
]
NAMES = [one.name for one in ACCOUNT]
WHAT = "Academy account"
GONE = "In the extract"


@dataclass(slots=True)
class Work:
    new: list[dict[str, Any]]
    changed: list[Update]
    gone: list[int]


class AcademyExtract(Importer):
    name = "academy"
    label = "Academy extract"
    noun = "the Academy extract"
    hint = (
        "The extract of Housing Benefit claims as CSV or a workbook: Claim Ref, Surname, Forename, DOB, NI number, "
        "Address, Postcode, Tenancy Start, Tenancy End, Weekly Rent, Weekly HB and Status. It is taken for the whole: "
        "accounts that are not in it are marked as gone."
    )
    gone_words = "Accounts that are not in the extract are marked as gone."
    permission = "bookings.manage_bookings"

    def plan(self, sheets_read: Sequence[Sheet]) -> Plan:
        found = read_tables(sheets_read, [EXTRACT])[EXTRACT.name]
        _check(found)
        if found.wrong:
            return Plan(wrong=sorted(found.wrong), notes=found.notes)
        names = ("pk", "claim_ref", "is_gone", *NAMES)
        rows = AcademyAccount.objects.order_by("pk").values_list(*names)
        accounts = {ref_key(ref): Stored(pk, ref, dict(zip(names[2:], rest, strict=True))) for pk, ref, *rest in rows}
        return compare(found, accounts)

    def apply(self, plan: Plan, **context: Any) -> None:
        with audit.acting(context["by"], "Academy extract"), refusing():
            _write(plan.work, **context)


def _check(found: Found) -> None:
    if found.columns and not found.wrong and not found.columns & {"Status", "Suspended", "Cancelled"}:
        found.wrong.append(Wrong(found.sheet, 0, "Status", "", "this column is missing"))
    first: dict[str, int] = {}
    for row in found.rows:
        key = key_of(row, "Claim Ref")
        if key and first.setdefault(key, row.number) != row.number:
            found.complain(row, "Claim Ref", f"the same claim twice, first in row {first[key]}")
        for column in ("Weekly Rent", "Weekly HB"):
            if (row.get(column) or 0) < 0:
                found.complain(row, column, "below zero")
        if "Status" in row.values and row["Status"] is None:
            found.complain(row, "Status", "needed")


def compare(found: Found, accounts: dict[str, Stored]) -> Plan:
    """What would change: the extract held against the accounts on record."""
    plan = Plan(notes=list(found.notes), marks_gone=True)
    comparison = Comparison(plan)
    listed = set()
    # A column that the extract does not have says nothing about any account.
    fields = [one for one in ACCOUNT if one.column in found.columns or one.column == "Status"]
    for row in found.rows:
        key = key_of(row, "Claim Ref")
        listed.add(key)
        starts_on, ends_on = row.get("Tenancy Start"), row.get("Tenancy End")
        if starts_on and ends_on and ends_on < starts_on:
            comparison.doubt(found, row, "Tenancy End", "before the tenancy starts")
        values = {one.name: one.of(row) for one in ACCOUNT} | {"status": _status(row)}
        if stored := accounts.get(key):
            merged, changes = comparison.differences(found, row, fields, values, stored.values)
            if stored.values["is_gone"]:
                changes.append(Change(GONE, "no", "yes"))
            comparison.add_known(WHAT, stored.ref, stored.pk, merged | {"is_gone": False}, changes)
        else:
            words = f"{values['forename']} {values['surname']}, {Status(values['status']).label.lower()}".strip()
            comparison.add_new(WHAT, row["Claim Ref"], values | {"claim_ref": row["Claim Ref"]}, words)
    gone, before = [], 0
    for key, stored in accounts.items():
        if key not in listed and stored.values["is_gone"]:
            before += 1
        elif key not in listed:
            gone.append(stored.pk)
            comparison.add_gone(WHAT, stored.ref, f"{stored.values['surname']}'s account is marked as gone")
    if gone:
        words = f"{len(gone):,} of {len(accounts) - before:,} accounts on record are not in this extract"
        plan.notes.append(f"{words}: they are marked as gone.")
        if len(gone) * 2 > len(accounts) - before:
            plan.doubtful.append(Doubtful(found.sheet, 0, "Claim Ref", "", f"{words}: is it the whole extract?"))
    plan.work = Work(comparison.new.get(WHAT, []), comparison.changed.get(WHAT, []), gone)
    return plan


def _status(row: Row) -> str:
    """The status as given; an extract with two columns of yes and no says it by those."""
    if "Status" in row.values:
        return str(row["Status"])
    if row.get("Cancelled"):
        return Status.CANCELLED
    return Status.SUSPENDED if row.get("Suspended") else Status.LIVE


def _write(work: Work, *, by: User, now: datetime, progress: Callable[[int, int, str], None]) -> None:
    progress(0, 1, "Writing accounts")
    update(AcademyAccount, work.changed, (*NAMES, "is_gone"))
    AcademyAccount.objects.filter(pk__in=work.gone).update(is_gone=True)
    create(AcademyAccount, (AcademyAccount(**only(row, ("claim_ref", *NAMES))) for row in work.new))
    if len(work.new) > BATCH:
        analyse([AcademyAccount])
    progress(1, 1, "Written")


ACADEMY_EXTRACT = AcademyExtract()
