"""What is refused or doubted when sheets contradict each other or the records. No database but for the last."""

from datetime import date
from decimal import Decimal

import pytest

from lewisham_ta.dates import ONE_DAY, Period
from lewisham_ta.imports.preview import Plan
from payments.leases.imports import checks, sheets
from payments.leases.imports.records import Records, Rent, Stored
from tests.payments.leases.imports import registers
from tests.payments.leases.imports.registers import complaints, doubts


def checked(records=None, **rows) -> Plan:
    register = sheets.read(registers.sheets(**rows))
    checks.check(register, records or Records())
    return Plan(wrong=sorted(register.wrong), doubtful=register.doubtful)


def recorded_lease(**values) -> Records:
    terms = {"starts_on": date(2025, 4, 1), "ends_on": None, "keys_returned_on": None, "keys_day_paid": True}
    records = Records(leases={"LS9": Stored(1, "LS9", terms | {"property": "P1"} | values)})
    records.properties = {"P1": Stored(1, "P1", {"address_key": "1 CEDAR RISE SE69ZZ", "uprn": ""})}
    return records


def test_a_register_in_order_has_nothing_wrong_or_doubtful():
    plan = checked(rent_changes=[{}], spells=[{}], adjustments=[{}], certificates=[{}])
    assert (plan.wrong, plan.doubtful) == ([], [])


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (
            {"landlords": [{}, {"Supplier No": ""}], "leases": []},
            ("Landlords", 3, "Landlord Ref", "the same ref twice, first in row 2"),
        ),
        (
            {"landlords": [{}, {"Landlord Ref": "L2"}]},
            ("Landlords", 3, "Supplier No", "the landlord in row 2 has this supplier number"),
        ),
        (
            {"landlords": [{"Account name": ""}]},
            ("Landlords", 2, "Account name", "needed with the other bank details"),
        ),
        (
            {
                "landlords": [{"Sort code": "", "Account name": "", "Account No": ""}],
                "leases": [{"Landlord Ref": "L9"}],
            },
            ("Leases", 2, "Landlord Ref", "no such landlord"),
        ),
        ({"leases": [{"Property Ref": "P9"}]}, ("Leases", 2, "Property Ref", "no such property")),
        ({"leases": [{"End": "31/03/2025"}]}, ("Leases", 2, "End", "it ends before it starts")),
        ({"leases": [{"Keys returned": "31/03/2025"}]}, ("Leases", 2, "Keys returned", "keys back before it started")),
        ({"leases": [{"Rent": -1}]}, ("Leases", 2, "Rent", "rent below zero")),
        (
            {"leases": [{"Basis": "Month"}]},
            ("Leases", 2, "Basis", "a weekly rent is paid by Days, 52/12 or 365/84"),
        ),
        ({"leases": [{"Per": "Month"}]}, ("Leases", 2, "Basis", "a monthly rent is paid by Month")),
        ({"rent_changes": [{"Lease Ref": "LS9"}]}, ("Rent changes", 2, "Lease Ref", "no such lease")),
        ({"rent_changes": [{"New rent": -1}]}, ("Rent changes", 2, "New rent", "rent below zero")),
        ({"rent_changes": [{}, {}]}, ("Rent changes", 3, "From", "the same rent change twice, first in row 2")),
        (
            {"rent_changes": [{"From": "31/03/2025"}]},
            ("Rent changes", 2, "From", "before the lease starts, on 1 Apr 2025"),
        ),
        ({"spells": [{"Lease Ref": "LS9"}]}, ("Suspensions and holds", 2, "Lease Ref", "no such lease")),
        ({"spells": [{"To": "31/08/2026"}]}, ("Suspensions and holds", 2, "To", "it ends before it starts")),
        (
            {"spells": [{}, {"From": "05/09/2026", "To": "06/09/2026"}]},
            ("Suspensions and holds", 3, "From", "overlaps the hold in row 2"),
        ),
        ({"adjustments": [{"Lease Ref": "LS9"}]}, ("Adjustments", 2, "Lease Ref", "no such lease")),
        ({"adjustments": [{"Amount": 0}]}, ("Adjustments", 2, "Amount", sheets.NOT_ABOVE_ZERO)),
        ({"certificates": [{"Property Ref": "P9"}]}, ("Certificates", 2, "Property Ref", "no such property")),
        (
            {"certificates": [{"Expires": "01/04/2025"}]},
            ("Certificates", 2, "Expires", "expires before it was issued"),
        ),
        (
            {"certificates": [{}, {"Expires": "01/04/2030"}]},
            ("Certificates", 3, "Certificate", "the same certificate twice, first in row 2"),
        ),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_a_cell_that_cannot_be_is_complained_about_and_nothing_else(rows, complaint):
    assert complaints(checked(**rows)) == [complaint]


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        ({}, {"Start": "01/09/2026"}, True),
        ({"End": "31/08/2026"}, {"Start": "01/09/2026"}, True),  # ended, but the keys are out
        ({"Keys returned": "31/08/2026"}, {"Start": "01/09/2026"}, False),
        ({"Keys returned": "01/09/2026"}, {"Start": "01/09/2026"}, True),
        ({"Keys returned": "01/09/2026", "Keys day paid": "N"}, {"Start": "01/09/2026"}, False),
        ({}, {"Start": "01/09/2026", "Property Ref": "P2"}, False),
    ],
)
def test_a_property_is_let_once_at_a_time_and_keys_decide(first, second, overlap):
    plan = checked(
        properties=[{}, {"Property Ref": "P2", "Address": "2 Cedar Rise"}],
        leases=[first, {"Lease Ref": "LS2"} | second],
    )
    expected = [("Leases", 3, "Property Ref", "overlaps the lease in row 2")]
    assert complaints(plan) == (expected if overlap else [])


def test_leases_of_one_property_are_not_all_compared_with_each_other(monkeypatch):
    """One property reference filled down the sheet is a mistake that 30,000 rows can have."""
    compared, overlap = [], Period.overlap
    monkeypatch.setattr(Period, "overlap", lambda one, other: compared.append(1) or overlap(one, other))
    days = [f"{day.day:02}/{day.month:02}/{day.year}" for day in (date(2025, 4, 1) + i * ONE_DAY for i in range(40))]
    apart = [{"Lease Ref": f"A{day}", "Start": day, "Keys returned": day} for day in days]
    assert complaints(checked(leases=apart)) == []
    assert len(compared) == 0
    open_ended = [{"Lease Ref": f"B{day}", "Start": day} for day in days]
    found = complaints(checked(leases=open_ended))
    assert [cell[1] for cell in found] == list(range(3, 42))
    assert {cell[3] for cell in found} == {"overlaps the lease in row 2"}
    assert len(compared) == 39


def test_every_lease_that_shares_days_with_an_earlier_row_is_named():
    days = [
        ("01/04/2025", "30/04/2025"),
        ("10/06/2025", "20/06/2025"),
        ("01/04/2025", ""),
        ("15/06/2025", "16/06/2025"),
    ]
    rows = [{"Lease Ref": f"C{n}", "Start": start, "Keys returned": end} for n, (start, end) in enumerate(days)]
    assert complaints(checked(leases=rows)) == [
        ("Leases", 4, "Property Ref", "overlaps the lease in row 2"),
        ("Leases", 5, "Property Ref", "overlaps the lease in row 3"),
    ]


def test_a_recorded_lease_that_the_register_lacks_holds_its_property_too():
    assert complaints(checked(recorded_lease())) == [
        ("Leases", 2, "Property Ref", "overlaps lease LS9, which is recorded and not in this workbook")
    ]
    assert not checked(recorded_lease(ends_on=date(2025, 4, 1), starts_on=date(2024, 4, 1))).wrong


def test_a_recorded_hold_that_the_register_lacks_has_its_days():
    records = Records(spells={("LS1", "hold", date(2026, 8, 20)): Stored(1, "LS1", {"ends_on": None})})
    assert complaints(checked(records, spells=[{}])) == [
        (
            "Suspensions and holds",
            2,
            "From",
            "overlaps the hold recorded from 20 Aug 2026, which is not in this workbook",
        )
    ]


def test_a_supplier_number_of_a_recorded_landlord_is_not_given_twice():
    records = Records(landlords={"L9": Stored(9, "L9", {"supplier_number": "0600001"})})
    assert complaints(checked(records)) == [("Landlords", 2, "Supplier No", "L9 has this supplier number")]


def test_what_is_recorded_may_be_referred_to():
    records = recorded_lease(keys_returned_on=date(2025, 3, 31), starts_on=date(2024, 4, 1))
    records.payee_ids = {"L9": 9}
    plan = checked(records, leases=[{"Landlord Ref": "L9"}], adjustments=[{"Lease Ref": "LS9"}])
    assert plan.wrong == []


def test_a_lease_does_not_start_after_a_recorded_change_of_its_rent():
    records = recorded_lease()
    records.leases["LS1"] = Stored(2, "LS1", records.leases.pop("LS9").values | {"starts_on": date(2025, 1, 1)})
    records.rents = {"LS1": [Rent(1, date(2025, 1, 1), Decimal(1), ""), Rent(2, date(2025, 3, 1), Decimal(2), "")]}
    ((_, _, column, reason),) = complaints(checked(records))
    assert column == "Start"
    assert "changes on 1 Mar 2025" in reason


@pytest.mark.parametrize(
    ("rows", "doubt"),
    [
        (
            {"properties": [{}, {"Property Ref": "P2", "Address": "1, CEDAR RISE", "Postcode": "se69zz"}]},
            ("Properties", 3, "Address", "the same dwelling as P1"),
        ),
        (
            {"properties": [{"UPRN": 12.0}, {"Property Ref": "P2", "Address": "2 Cedar Rise", "UPRN": "0012"}]},
            ("Properties", 3, "UPRN", "the same dwelling as P1"),
        ),
        (
            {"landlords": [{"NRL approval ref": "NRL1"}]},
            ("Landlords", 2, "NRL approval ref", "an approval, but not marked as overseas"),
        ),
        ({"leases": [{"Rent": 0}]}, ("Leases", 2, "Rent", "no rent")),
        (
            {"adjustments": [{}, {}]},
            ("Adjustments", 3, "Amount", "the same adjustment as in row 2: both are taken"),
        ),
        (
            {"rent_changes": [{"From": "01/04/2025"}]},
            (
                "Rent changes",
                2,
                "New rent",
                "the lease starts on this day: this rent is taken and not the one in Leases",
            ),
        ),
        (
            {"spells": [{"From": "31/03/2025", "To": "02/04/2025"}]},
            ("Suspensions and holds", 2, "From", "before the lease starts, on 1 Apr 2025"),
        ),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_what_can_be_but_should_be_looked_at(rows, doubt):
    plan = checked(**rows)
    assert plan.wrong == []
    assert doubts(plan) == [doubt]


def test_a_wrong_landlord_is_still_there_for_its_leases():
    plan = checked(landlords=[{"Sort code": "08-99-9"}])
    assert complaints(plan) == [("Landlords", 2, "Sort code", "a sort code has six digits")]
