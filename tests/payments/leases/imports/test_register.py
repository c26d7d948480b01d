"""The samples: what the first load, the next month's load and the wrong register come to."""

import csv
import random
from collections import Counter
from datetime import date
from decimal import Decimal
from functools import cache

from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.models import Party
from lewisham_ta.imports import workbook
from lewisham_ta.imports.preview import State
from lewisham_ta.imports.workbook import Sheet
from payments.leases.imports import diff
from payments.leases.imports import sheets as register_sheets
from payments.leases.imports.records import Records
from payments.leases.imports.register import PSL_REGISTER
from payments.models import (
    Adjustment,
    BankDetails,
    Certificate,
    Hold,
    Lease,
    LeasePayee,
    LeaseRent,
    Payee,
    Property,
    Suspension,
)
from tests.factories import LONG_AGO, UserFactory
from tests.payments.leases.imports.registers import OCTOBER, SAMPLES, SEPTEMBER, WRONG, items

MODELS = (
    Party,
    Payee,
    BankDetails,
    Property,
    Lease,
    LeasePayee,
    LeaseRent,
    Suspension,
    Hold,
    Adjustment,
    Certificate,
)


def read(path):
    return workbook.read(path.read_bytes(), path.name)


def load(path, by=None):
    plan = PSL_REGISTER.plan(read(path))
    PSL_REGISTER.apply(plan, by=by or UserFactory(), now=LONG_AGO, progress=lambda *words: None)
    return plan


def rows():
    return {model.__name__: model.objects.count() for model in MODELS}


def test_every_wrong_cell_is_reported_and_nothing_else_but_what_follows_from_it(db):
    plan = PSL_REGISTER.plan(read(WRONG))
    with (SAMPLES / "expected_wrong_register.csv").open() as file:
        expected = {(row["sheet"], int(row["row"]), row["column"]) for row in csv.DictReader(file)}
    reported = {(cell.sheet, cell.row, cell.column) for cell in plan.wrong}
    assert expected <= reported
    # The landlord whose reference was overwritten is missed by a lease.
    assert reported - expected == {("Leases", 254, "Landlord Ref")}
    assert not plan.writes
    values = {(cell.sheet, cell.row): (cell.value, cell.reason) for cell in plan.wrong}
    assert values["Adjustments", 16] == ("#REF!", "a formula error")
    assert values["Leases", 280] == ("P00221", "overlaps the lease in row 226")


def test_the_first_load_adds_everything_and_the_same_file_again_changes_nothing(db):
    officer = UserFactory()
    plan = load(SEPTEMBER, officer)
    expected = {"Landlord": 192, "Bank details": 189, "Property": 320, "Lease": 321, "Rent change": 94}
    expected |= {"Suspension": 8, "Hold": 9, "Adjustment": 16, "Certificate": 960}
    nothing_else = {"changed": 0, "gone": 0, "unchanged": 0}
    assert plan.counts == [{"what": what, "new": n} | nothing_else for what, n in expected.items()]
    assert rows() == {
        "Party": 192,
        "Payee": 192,
        "BankDetails": 189,
        "Property": 320,
        "Lease": 321,
        "LeasePayee": 321,
        "LeaseRent": 321 + 94,
        "Suspension": 8,
        "Hold": 9,
        "Adjustment": 16,
        "Certificate": 960,
    }
    lease = Lease.objects.get(ref="LS00001")
    assert (lease.starts_on, lease.ends_on) == (date(2025, 7, 28), date(2028, 5, 23))
    assert lease.rents.get().amount == Decimal("2413.67")
    assert lease.payees.get().payee.party.ref == "L0063"
    account = BankDetails.objects.get(payee__party__ref="L0001")
    assert (account.sort_code, account.account_number) == ("089999", "03686214")
    assert (account.status, account.is_first, account.requested_by) == ("waiting", True, officer)
    assert Payee.objects.get(party__ref="L0124").is_overseas is None

    again = PSL_REGISTER.plan(read(SEPTEMBER))
    assert (again.writes, again.items, again.doubtful) == (0, [], [])
    assert again.summary == "Nothing would change: 2,109 unchanged."


def test_the_next_months_register_changes_what_differs_between_the_two_workbooks(db):
    load(SEPTEMBER)
    before = rows()
    plan = load(OCTOBER)
    kinds = Counter((item.what, item.state) for item in plan.items)
    assert kinds == {
        ("Bank details", State.CHANGED): 4,
        ("Lease", State.CHANGED): 8,
        ("Rent change", State.NEW): 10,
        ("Suspension", State.NEW): 4,
        ("Hold", State.CHANGED): 6,
        ("Adjustment", State.NEW): 22,
    }
    changed = {item.ref for item in plan.items if item.what in ("Lease", "Bank details")}
    assert changed == {"L0099", "L0118", "L0168", "L0178"} | {
        f"LS{number:05d}" for number in (11, 45, 114, 172, 207, 236, 246, 266)
    }
    assert "changed  Lease LS00266  Keys returned: blank → 23 Oct 2026" in items(plan)
    assert "changed  Hold LS00309 from 14 Sep 2026  To: blank → 3 Oct 2026" in items(plan)
    assert "new  Rent change LS00225 from 12 Oct 2026  £336.96" in items(plan)
    assert Lease.objects.get(ref="LS00266").keys_returned_on == date(2026, 10, 23)
    assert Hold.objects.get(lease__ref="LS00309").ends_on == date(2026, 10, 4)
    grown = {model: number - before[model] for model, number in rows().items() if number != before[model]}
    assert grown == {"BankDetails": 4, "LeaseRent": 10, "Suspension": 4, "Adjustment": 22}
    assert not PSL_REGISTER.plan(read(OCTOBER)).writes


def test_an_older_register_after_a_newer_one_takes_nothing_away(db):
    load(OCTOBER)
    plan = PSL_REGISTER.plan(read(SEPTEMBER))
    gone = Counter(item.what for item in plan.items if item.state == State.GONE)
    assert gone == {"Rent change": 10, "Suspension": 4, "Adjustment": 22}
    before = rows()
    PSL_REGISTER.apply(plan, by=UserFactory(), now=LONG_AGO, progress=lambda *words: None)
    assert rows()["LeaseRent"] == before["LeaseRent"]
    assert rows()["Adjustment"] == before["Adjustment"]


def test_only_the_rows_that_change_get_a_history_and_it_says_who_and_why(db):
    officer = UserFactory()
    load(SEPTEMBER, officer)
    event = apps.get_model("payments", "LeaseEvent")
    before = event.objects.count()
    load(OCTOBER, officer)
    new = event.objects.order_by("pgh_id")[before:].select_related("pgh_context")
    assert len(new) == 8
    assert {row.pgh_context.metadata["why"] for row in new} == {"register load"}
    assert {row.pgh_context.metadata["user"] for row in new} == {officer.pk}


def test_a_plan_costs_the_same_number_of_queries_however_many_leases_are_recorded(db):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            PSL_REGISTER.plan(october)
        return len(asked)

    october = read(OCTOBER)
    before = queries()
    load(SEPTEMBER)
    assert queries() == before


@cache
def september():
    return read(SEPTEMBER)


def plan_of(sheets):
    register = register_sheets.read(sheets)
    assert not register.wrong
    return diff.compare(register, Records())


@settings(max_examples=8, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_sheets_rows_and_columns_changes_nothing(chance: random.Random):
    shuffled = []
    for sheet in september():
        above, headings, body = sheet.rows[:2], sheet.rows[2], sheet.rows[3:]
        order = chance.sample(range(len(headings)), len(headings))
        case = chance.choice([str.upper, str.lower, str.title])
        body = chance.sample(body, len(body))
        new = [*above[: chance.randint(0, 2)], [case(headings[index]) for index in order]]
        new += [[row[index] for index in order] for row in body]
        shuffled.append(Sheet(chance.choice([sheet.name, sheet.name.upper(), f" {sheet.name} "]), new))
    chance.shuffle(shuffled)
    assert Counter(plan_of(shuffled).items) == Counter(plan_of(september()).items)
