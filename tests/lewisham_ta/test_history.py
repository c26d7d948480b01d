from datetime import date
from decimal import Decimal
from itertools import groupby

import pytest
from django.db import DatabaseError, connection
from django.template.loader import render_to_string
from django.utils import timezone

from contacts.models import Party
from lewisham_ta import audit
from lewisham_ta.history import history_of
from lewisham_ta.models import Setting
from payments.models import BankDetails, Lease, LeasePayee, LeaseRent
from tests.factories import (
    LONG_AGO,
    BankDetailsFactory,
    LeaseFactory,
    LeaseRentFactory,
    PartyFactory,
    PayeeFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def lines(entries):
    return [(entry.who, entry.what, entry.was, entry.now, entry.why) for entry in entries]


def test_a_record_that_is_added_is_told_with_what_was_set():
    by = UserFactory(first_name="Jo", last_name="Invented")
    with audit.acting(by):
        party = PartyFactory(ref="L0001", name="Ada", telephone="020 7946 0001", email="", kind=Party.Kind.AGENT)
    assert lines(history_of(party)) == [
        ("Jo Invented", "Party added", "", "reference L0001; name Ada; kind Agent; telephone 020 7946 0001", "")
    ]


def test_a_change_is_told_field_by_field_newest_first_with_labels_and_the_reason():
    by = UserFactory(first_name="Jo", last_name="Invented")
    party = PartyFactory(kind=Party.Kind.INDIVIDUAL, vat_number="")
    party.kind, party.vat_number = Party.Kind.COMPANY, "GB1"
    with audit.acting(by, "They wrote on 3 November."):
        party.save()
    with audit.acting(by, "They wrote again."):
        Party.objects.update(vat_number="")
    assert lines(history_of(party))[:-1] == [
        ("Jo Invented", "Party: VAT number", "GB1", "", "They wrote again."),
        ("Jo Invented", "Party: kind", "Individual", "Company", "They wrote on 3 November."),
        ("Jo Invented", "Party: VAT number", "", "GB1", "They wrote on 3 November."),
    ]


def test_dates_money_and_yes_or_no_are_written_for_people():
    lease = LeaseFactory(keys_returned_on=None, rent=False)
    rent = LeaseRentFactory(lease=lease, amount=Decimal("1350.00"))
    Lease.objects.update(keys_returned_on=date(2026, 8, 20), keys_day_paid=False)
    LeaseRent.objects.update(amount=Decimal("1400.50"))
    assert [(entry.what, entry.was, entry.now) for entry in history_of(lease)[:2]] == [
        ("Lease: keys returned", "", "20 Aug 2026"),
        ("Lease: day of the keys is paid", "yes", "no"),
    ]
    assert [(entry.was, entry.now) for entry in history_of(rent)[:1]] == [("1,350.00", "1,400.50")]


def test_rows_that_belong_to_a_record_are_told_with_it_and_those_of_others_are_not():
    lease, other = LeaseFactory(rent=False, payee=False), LeaseFactory()
    first = LeaseRentFactory(lease=lease, amount=Decimal("350.00"))
    first.delete()
    whats = [(entry.what, entry.was, entry.now) for entry in history_of(lease, children=[(LeaseRent, "lease")])]
    # One transaction has one moment: what happened to different tables in it has no order.
    of_the_rent = [what for what in whats if what[0].startswith("Lease rent")]
    assert of_the_rent == [
        ("Lease rent taken away", "from 1 Apr 2024; amount 350.00", ""),
        ("Lease rent added", "", "from 1 Apr 2024; amount 350.00"),
    ]
    assert len(whats) == 3
    assert len(history_of(other, children=[(LeaseRent, "lease"), (LeasePayee, "lease")])) == 3


def test_the_payee_of_a_lease_is_named_and_not_numbered():
    lease = LeaseFactory(payee=PayeeFactory(party__ref="L0007", party__name="Invented Homes"), rent=False)
    (added,) = history_of(lease.payees.get())
    assert "payee L0007 Invented Homes" in added.now


def test_account_numbers_are_masked_unless_the_page_says_otherwise():
    details = BankDetailsFactory(sort_code="089999", account_number="12345678")
    (added,) = history_of(details)
    assert "sort code ••••99; account number ••••5678" in added.now
    assert not {"089999", "12345678"} & set(added.now.replace(";", "").split())
    (added,) = history_of(details, masked=())
    assert "sort code 089999; account number 12345678" in added.now


def test_a_change_in_a_shell_has_no_name_and_is_told_all_the_same():
    party = PartyFactory(name="Old")
    connection.cursor().execute("UPDATE contacts_party SET name = 'New'")
    assert lines(history_of(party))[0] == ("", "Party: name", "Old", "New", "")


def test_bulk_writes_are_told():
    Party.objects.bulk_create([PartyFactory.build(), PartyFactory.build()])
    parties = list(Party.objects.order_by("pk"))
    for party in parties:
        party.name = "Renamed"
    Party.objects.bulk_update(parties, ["name"])
    assert [entry.what for entry in history_of(*parties)] == ["Party: name"] * 2 + ["Party added"] * 2


def test_a_record_that_was_deleted_still_has_its_history():
    party = PartyFactory()
    kept = Party(pk=party.pk)
    party.delete()
    assert [entry.what for entry in history_of(kept)] == ["Party taken away", "Party added"]


@pytest.mark.parametrize("changes", [2, 12])
def test_a_history_costs_the_same_however_long(changes, django_assert_num_queries):
    lease = LeaseFactory()
    BankDetailsFactory(waiting=True)
    for number in range(changes):
        with audit.acting(UserFactory()):
            BankDetails.objects.filter(status="waiting").update(call_note=f"Rang {number} times.")
    with django_assert_num_queries(7):  # the accounts, three tables of events, people, payees and properties
        history_of(lease, *BankDetails.objects.all(), children=[(LeasePayee, "lease")])


@pytest.mark.parametrize("sql", ["UPDATE {} SET pgh_label = 'x'", "DELETE FROM {}"])
@pytest.mark.parametrize(
    ("table", "make"),
    [
        ("contacts_partyevent", PartyFactory),
        ("payments_bankdetailsevent", BankDetailsFactory),
        ("payments_leaserentevent", LeaseFactory),
        ("lewisham_ta_userevent", UserFactory),
    ],
)
def test_the_history_cannot_be_rewritten(table, make, sql):
    make()
    with pytest.raises(DatabaseError, match=r"pgtrigger_append_only"):
        connection.cursor().execute(sql.format(table))


def test_the_page_shows_who_when_from_to_and_why():
    with audit.acting(UserFactory(first_name="Jo", last_name="Invented"), "A new rate."):
        Setting.objects.create(
            name="nrl_percent",
            from_on=date(2026, 12, 1),
            value="21",
            reason="Budget",
            set_by=UserFactory(),
            set_at=LONG_AGO,
        )
    page = render_to_string("components/_history.html", {"rows": history_of(Setting.objects.get())})
    for words in ("Jo Invented", "Setting added", "from 1 Dec 2026", "A new rate."):
        assert words in page


def test_what_one_person_did_at_once_stands_under_one_who_and_when_and_why():
    party = PartyFactory(kind=Party.Kind.INDIVIDUAL, vat_number="")
    party.kind, party.vat_number = Party.Kind.COMPANY, "GB1"
    with audit.acting(UserFactory(first_name="Jo", last_name="Invented"), "They wrote."):
        party.save()
    page = render_to_string("components/_history.html", {"rows": history_of(party)})
    assert page.count("Jo Invented") == page.count("They wrote.") == 1
    assert page.count('rowspan="2"') == 3
    assert page.count("<tbody>") == 2


def test_who_acted_and_when_are_not_told_again_as_changed_fields():
    person = UserFactory(first_name="Jo", last_name="Invented")
    details = BankDetailsFactory(waiting=True)
    now = timezone.now()
    with audit.acting(person):
        BankDetails.objects.filter(pk=details.pk).update(
            called_back_by=person, called_back_at=now, called_number="020 7946 0001", call_note="Ada said yes."
        )
    told = [entry.what for entry in history_of(details)[:-1]]
    assert told == ["Bank details: number that was called", "Bank details: what was said on the call"]


def test_somebody_else_than_who_acted_is_told():
    other = UserFactory(first_name="Sam", last_name="Other")
    details = BankDetailsFactory(waiting=True)
    with audit.acting(UserFactory()):
        BankDetails.objects.filter(pk=details.pk).update(called_back_by=other, called_back_at=LONG_AGO)
    assert {entry.now for entry in history_of(details)[:-1]} == {"Sam Other", "2 Jan 2025, 09:00"}


def test_acts_of_one_moment_are_not_mixed():
    lease = LeaseFactory(rent=False, payee=False)
    with audit.acting(UserFactory(first_name="Ada", last_name="First"), "One"):
        LeaseRentFactory(lease=lease)
        Lease.objects.update(cost_code="A")
    with audit.acting(UserFactory(first_name="Bo", last_name="Second"), "Two"):
        LeaseRent.objects.update(amount=Decimal("1.00"))
        Lease.objects.update(cost_code="B")
    who = [entry.who for entry in history_of(lease, children=[(LeaseRent, "lease")])]
    assert len(list(groupby(who))) == len(set(who)) == 3
