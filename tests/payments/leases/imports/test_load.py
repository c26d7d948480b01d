"""Later loads: what each difference does to the records, and what a register never does."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contacts.models import Party
from lewisham_ta.imports.preview import State
from lewisham_ta.refusals import Refused
from payments.leases import locks, services
from payments.leases.imports.register import PSL_REGISTER
from payments.models import Adjustment, BankDetails, Hold, Lease, Payee, Property
from payments.payees import services as payees
from tests.factories import LONG_AGO, PartyFactory, PayeeFactory, UserFactory
from tests.payments.leases.imports import registers
from tests.payments.leases.imports.registers import doubts, items

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TWO_LANDLORDS = [{}, {"Landlord Ref": "L2", "Name": "Sam New", "Supplier No": "600002", "Account No": "12345678"}]


def plan_of(**rows):
    plan = PSL_REGISTER.plan(registers.sheets(**rows))
    assert plan.wrong == []
    return plan


def load(by=None, **rows):
    plan = plan_of(**rows)
    PSL_REGISTER.apply(plan, by=by or UserFactory(), now=NOW, progress=lambda *words: None)
    return plan


def lease():
    return Lease.objects.get(ref="LS1")


def payees_of_lease():
    return list(lease().payees.order_by("from_on").values_list("from_on", "payee__party__ref"))


def rents_of_lease():
    return list(lease().rents.order_by("from_on").values_list("from_on", "amount"))


@pytest.fixture
def september_signed_off(monkeypatch):
    monkeypatch.setattr(locks, "last_signed_off_month", lambda: date(2026, 9, 1))
    monkeypatch.setattr(locks, "late_months", lambda: [date(2026, 9, 1)])


def test_every_field_of_a_landlord_property_and_lease_can_change():
    load()
    plan = load(
        landlords=[{"Name": "Jo Renamed", "Payee type": "Company", "Overseas": "Y", "NRL approval ref": "NRL1"}],
        properties=[{"Bedrooms": 3, "Address": "1a Cedar Rise"}],
        leases=[{"End": "31/03/2029", "Basis": "52/12", "Keys day paid": "N", "Cost code": "H1"}],
    )
    assert items(plan) == [
        "changed  Landlord L1  Name: Jo Invented → Jo Renamed; Payee type: Individual → Company; "
        "Overseas: N → Y; NRL approval ref: blank → NRL1",
        "changed  Property P1  Address: 1 Cedar Rise → 1a Cedar Rise; Bedrooms: 2 → 3",
        "changed  Lease LS1  End: 31 Mar 2028 → 31 Mar 2029; Keys day paid: Y → N; Basis: Days → 52/12; "
        "Cost code: blank → H1",
    ]
    payee = Payee.objects.select_related("party").get()
    assert (payee.party.name, payee.is_overseas, payee.nrl_approval_ref) == ("Jo Renamed", True, "NRL1")
    assert Property.objects.get().address_key == "1A CEDAR RISE SE69ZZ"
    assert (lease().ends_on, lease().basis, lease().keys_day_paid) == (date(2029, 4, 1), "52/12", False)


def test_a_blank_never_wipes_what_was_recorded_but_is_said():
    load()
    plan = load(landlords=[{"Email": "", "Overseas": "", "Supplier No": ""}])
    assert not plan.writes
    assert doubts(plan) == [
        ("Landlords", 2, "Email", "blank here: the record keeps jo@example.org"),
        ("Landlords", 2, "Supplier No", "blank here: the record keeps 600001"),
        ("Landlords", 2, "Overseas", "blank here: the record keeps N"),
    ]
    assert Payee.objects.get().is_overseas is False


def test_a_blank_date_is_an_open_end_and_changes():
    load(leases=[{"End": "31/03/2028"}], spells=[{"To": "30/09/2026"}])
    plan = load(leases=[{"End": ""}], spells=[{}])
    assert items(plan) == [
        "changed  Lease LS1  End: 31 Mar 2028 → blank",
        "changed  Hold LS1 from 1 Sep 2026  To: 30 Sep 2026 → blank",
    ]
    assert lease().ends_on is None
    assert Hold.objects.get().ends_on is None


KEYS_KEPT = (
    "the register has no keys returned, the record has 15 Sep 2026: the record is kept; undo the handback on the "
    "lease's page if it is wrong"
)


def hand_back():
    services.hand_back(
        lease_id=lease().pk, keys_returned_on=date(2026, 9, 15), keys_day_paid=False, by=UserFactory(), now=NOW
    )


def test_a_register_without_the_keys_never_takes_them_back():
    load()
    hand_back()
    plan = load(leases=[{"End": "31/03/2029"}])
    assert items(plan) == ["changed  Lease LS1  End: 31 Mar 2028 → 31 Mar 2029"]
    assert doubts(plan) == [("Leases", 2, "Keys returned", KEYS_KEPT)]
    assert (lease().keys_returned_on, lease().keys_day_paid) == (date(2026, 9, 15), False)


def test_the_days_after_keys_that_the_register_lacks_are_free():
    load()
    hand_back()
    plan = load(leases=[{}, {"Lease Ref": "LS2", "Start": "15/09/2026"}])
    assert doubts(plan) == [("Leases", 2, "Keys returned", KEYS_KEPT)]
    assert Lease.objects.filter(ref="LS2").exists()


def test_another_day_of_keys_is_a_change():
    load(leases=[{"Keys returned": "15/09/2026"}])
    assert items(load(leases=[{"Keys returned": "16/09/2026"}])) == [
        "changed  Lease LS1  Keys returned: 15 Sep 2026 → 16 Sep 2026"
    ]


def test_references_that_lost_their_zeros_are_the_same():
    load(
        landlords=[{"Landlord Ref": "0012", "Supplier No": "0600001"}],
        leases=[{"Landlord Ref": "0012"}],
    )
    plan = plan_of(landlords=[{"Landlord Ref": 12.0, "Supplier No": 600001.0}], leases=[{"Landlord Ref": 12.0}])
    assert (plan.items, plan.doubtful) == ([], [])


def test_another_payee_before_the_first_sign_off_corrects_the_lease():
    load(landlords=TWO_LANDLORDS)
    plan = load(landlords=TWO_LANDLORDS, leases=[{"Landlord Ref": "L2"}])
    assert items(plan) == ["changed  Lease LS1  Landlord Ref: L1 → L2 from 1 Apr 2025"]
    assert payees_of_lease() == [(date(2025, 4, 1), "L2")]


def test_another_payee_is_paid_from_the_first_day_not_signed_off(september_signed_off):
    load(landlords=TWO_LANDLORDS)
    plan = load(landlords=TWO_LANDLORDS, leases=[{"Landlord Ref": "L2"}])
    assert items(plan) == ["changed  Lease LS1  Landlord Ref: L1 → L2 from 1 Oct 2026"]
    assert payees_of_lease() == [(date(2025, 4, 1), "L1"), (date(2026, 10, 1), "L2")]
    load(landlords=TWO_LANDLORDS, leases=[{"Landlord Ref": "L1"}])
    assert payees_of_lease() == [(date(2025, 4, 1), "L1"), (date(2026, 10, 1), "L1")]


def test_a_lease_that_starts_later_is_corrected_although_months_are_signed_off(september_signed_off):
    load(landlords=TWO_LANDLORDS, leases=[{"Start": "01/11/2026"}])
    load(landlords=TWO_LANDLORDS, leases=[{"Start": "01/11/2026", "Landlord Ref": "L2"}])
    assert payees_of_lease() == [(date(2026, 11, 1), "L2")]


def test_a_payee_from_a_later_day_that_is_recorded_already_is_no_change(september_signed_off):
    load(landlords=TWO_LANDLORDS)
    lease().payees.create(payee=Payee.objects.get(party__ref="L2"), from_on=date(2026, 12, 1))
    assert not plan_of(landlords=TWO_LANDLORDS).writes
    assert not plan_of(landlords=TWO_LANDLORDS, leases=[{"Landlord Ref": "L2"}]).writes


def pay(ref, from_on=date(2026, 6, 1)):
    """Somebody changes the payee on the lease's page."""
    services.change_payee(
        lease_id=lease().pk,
        payee_id=Payee.objects.get(party__ref=ref).pk,
        from_on=from_on,
        reason="Sold",
        by=UserFactory(),
        now=NOW,
    )


THREE_LANDLORDS = [*TWO_LANDLORDS, {"Landlord Ref": "L3", "Supplier No": "600003", "Account No": "23456789"}]
PAYEE_KEPT = (
    "as in the last load, and {} was recorded on the lease's page since: the record is kept; change the payee there if "
    "the register is right"
)


def test_a_register_older_than_a_change_of_payee_does_not_take_it_back():
    load(landlords=THREE_LANDLORDS)
    pay("L2")
    plan = plan_of(landlords=THREE_LANDLORDS)
    assert not plan.writes
    assert doubts(plan) == [("Leases", 2, "Landlord Ref", PAYEE_KEPT.format("L2"))]
    assert plan_of(landlords=THREE_LANDLORDS, leases=[{"Landlord Ref": "L2"}]).doubtful == []


def test_a_register_older_than_a_withdrawn_change_of_payee_does_not_bring_it_back(september_signed_off):
    load(landlords=TWO_LANDLORDS)
    load(landlords=TWO_LANDLORDS, leases=[{"Landlord Ref": "L2"}])
    last = lease().payees.latest("from_on")
    services.withdraw_payee(lease_payee_id=last.pk, why="Not sold", by=UserFactory(), now=NOW)
    plan = plan_of(landlords=TWO_LANDLORDS, leases=[{"Landlord Ref": "L2"}])
    assert doubts(plan) == [("Leases", 2, "Landlord Ref", PAYEE_KEPT.format("L1"))]
    assert not plan.writes


def test_a_register_that_changed_since_the_page_did_changes_the_payee():
    load(landlords=THREE_LANDLORDS)
    pay("L2")
    load(landlords=THREE_LANDLORDS, leases=[{"Landlord Ref": "L3"}])
    assert payees_of_lease()[-1] == (date(2026, 6, 1), "L3")
    load(landlords=THREE_LANDLORDS, leases=[{"Landlord Ref": "L1"}])  # and a register is a register's to change
    assert payees_of_lease()[-1] == (date(2026, 6, 1), "L1")


def test_a_first_day_that_moved_with_a_load_is_no_change_of_payee():
    load(landlords=THREE_LANDLORDS)
    pay("L2")
    load(landlords=THREE_LANDLORDS, leases=[{"Start": "01/03/2025"}])
    assert doubts(plan_of(landlords=THREE_LANDLORDS, leases=[{"Start": "01/03/2025"}])) == [
        ("Leases", 2, "Landlord Ref", PAYEE_KEPT.format("L2"))
    ]


def test_another_rent_on_leases_corrects_the_first_rent_and_names_who_did():
    load(rent_changes=[{}])
    officer = UserFactory()
    load(officer, rent_changes=[{}], leases=[{"Rent": 355}])
    assert rents_of_lease() == [(date(2025, 4, 1), Decimal(355)), (date(2025, 10, 1), Decimal(364))]
    assert lease().rents.order_by("from_on")[0].set_by == officer


def test_another_amount_of_a_rent_change_corrects_it():
    load(rent_changes=[{}])
    plan = load(rent_changes=[{"New rent": 370}])
    assert items(plan) == ["changed  Rent change LS1 from 1 Oct 2025  New rent: £364.00 → £370.00"]
    assert rents_of_lease()[1] == (date(2025, 10, 1), Decimal(370))


def test_a_rent_change_on_the_first_day_is_the_first_rent():
    rows = {"rent_changes": [{"From": "01/04/2025"}]}
    load(**rows)
    assert rents_of_lease() == [(date(2025, 4, 1), Decimal(364))]
    assert not plan_of(**rows).writes


@pytest.mark.parametrize("start", ["01/03/2025", "01/06/2025"])
def test_what_began_with_a_lease_moves_with_its_first_day(start):
    load(rent_changes=[{}])
    load(rent_changes=[{}], leases=[{"Start": start}])
    first = lease().starts_on
    assert first == datetime.strptime(start, "%d/%m/%Y").date()  # noqa: DTZ007
    assert rents_of_lease() == [(first, Decimal(350)), (date(2025, 10, 1), Decimal(364))]
    assert payees_of_lease() == [(first, "L1")]
    assert not plan_of(rent_changes=[{}], leases=[{"Start": start}]).writes


def test_first_bank_details_and_a_change_wait_for_another_person():
    officer = UserFactory()
    load(officer)
    waiting = BankDetails.objects.get()
    payees.approve_first_details(details_ids=[waiting.pk], by=UserFactory(), now=NOW)
    plan = load(officer, landlords=[{"Account No": "12345678"}])
    assert items(plan) == [
        "changed  Bank details L1  Account: ••-••-99 ••••6214 JO INVENTED → "
        "••-••-99 ••••5678 JO INVENTED, to be called back and approved"
    ]
    change = BankDetails.objects.get(status="waiting")
    assert (change.is_first, change.source, change.requested_by) == (False, "register", officer)
    assert BankDetails.objects.get(is_current=True) == waiting


def test_blank_bank_details_take_nothing_away():
    load()
    plan = load(landlords=[{"Sort code": "", "Account No": "", "Account name": ""}])
    assert not plan.writes
    assert BankDetails.objects.get().status == "waiting"


def test_what_the_register_lacks_is_named_and_stays():
    load(rent_changes=[{}], spells=[{}], adjustments=[{}], certificates=[{}])
    two = {"Landlord Ref": "L2", "Supplier No": "600002"}
    plan = load(landlords=[two], properties=[{"Property Ref": "P2", "Address": "2 Cedar Rise"}], leases=[])
    assert items(plan, State.GONE) == [
        "gone  Landlord L1  Jo Invented",
        "gone  Property P1  1 Cedar Rise",
        "gone  Lease LS1",
        "gone  Rent change LS1 from 1 Oct 2025",
        "gone  Hold LS1 from 1 Sep 2026",
        "gone  Adjustment LS1 for September 2026  Recharge £25.00, Repair in default",
        "gone  Certificate P1 EPC issued 1 Apr 2025",
    ]
    assert lease().rents.count() == 2
    assert Adjustment.objects.count() == 1


def test_a_nightly_paid_provider_is_not_missing_from_the_register_of_leases():
    load()
    PayeeFactory(party__kind="provider")
    assert items(load(), State.GONE) == []


def test_a_missing_sheet_says_nothing_about_its_records():
    load(rent_changes=[{}], spells=[{}], adjustments=[{}], certificates=[{}])
    sheets = ("Rent changes", "Suspensions and holds", "Adjustments", "Certificates")
    plan = plan_of(without=sheets)
    assert plan.items == []
    assert plan.notes == [f"There is no sheet {name}: nothing is said about it." for name in sheets]


def test_a_withdrawn_adjustment_does_not_come_back():
    load(adjustments=[{}])
    Adjustment.objects.update(withdrawn_at=NOW)
    assert not plan_of(adjustments=[{}]).writes


def test_the_same_adjustment_twice_is_two_and_one_more_is_one_more():
    load(adjustments=[{}, {}])
    assert Adjustment.objects.count() == 2
    assert not plan_of(adjustments=[{}, {}]).writes
    load(adjustments=[{}, {}, {}])
    assert Adjustment.objects.count() == 3


def test_an_adjustment_beside_one_that_it_seems_to_replace_is_doubtful():
    load(adjustments=[{}])
    plan = plan_of(adjustments=[{"Amount": 30}])
    assert doubts(plan) == [
        (
            "Adjustments",
            2,
            "Amount",
            "taken beside the recorded Recharge £25.00, Repair in default: withdraw that if this replaces it",
        )
    ]


@pytest.mark.parametrize(
    ("month", "words"),
    [
        ("2026-09", "September 2026 is signed off: this will be paid with the next schedule"),
        ("2026-08", "August 2026 is signed off: no schedule will pay this any more"),
    ],
)
def test_what_becomes_of_an_adjustment_of_a_signed_off_month_is_said(month, words, september_signed_off):
    assert doubts(plan_of(adjustments=[{"Month": month}])) == [("Adjustments", 2, "Month", words)]


def test_somebody_known_but_never_paid_becomes_a_payee():
    PartyFactory(ref="L1", name="Jo Invented", telephone="020 7946 0001", email="jo@example.org")
    plan = load()
    assert items(plan)[0] == (
        "changed  Landlord L1  Supplier No: blank → 600001; Overseas: blank → N; Payee: blank → is paid from now on"
    )
    assert Party.objects.count() == 1
    assert Payee.objects.get().supplier_number == "600001"


def test_a_lease_makes_room_before_its_successor_is_added():
    load()
    load(
        leases=[
            {"Keys returned": "30/09/2026"},
            {"Lease Ref": "LS2", "Start": "01/10/2026", "End": "30/09/2029"},
        ]
    )
    assert Lease.objects.count() == 2


def test_what_the_database_refuses_is_refused_in_its_words_and_nothing_is_written():
    plan = plan_of(properties=[{}], leases=[{}])
    PSL_REGISTER.apply(plan, by=UserFactory(), now=LONG_AGO, progress=lambda *words: None)
    with pytest.raises(Refused, match="Another party has this reference"):
        PSL_REGISTER.apply(plan, by=UserFactory(), now=NOW, progress=lambda *words: None)
    assert Lease.objects.count() == 1
