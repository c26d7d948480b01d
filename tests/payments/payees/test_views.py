"""The pages of payees: what they show to whom, what they refuse, and that they cost the same however long."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from contacts.models import Party
from lewisham_ta import work
from lewisham_ta.roles import AUDITOR, TEAM_LEADER
from lewisham_ta.search import find
from payments.models import BankDetails, LeasePayee, Payee
from payments.payees import sections, selectors, services
from tests.factories import LONG_AGO, BankDetailsFactory, LeaseFactory, PayeeFactory, UserFactory
from tests.payments.payees.modulus_cases import ROWS, SUBSTITUTES, TABLE

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def officer():
    return UserFactory()


@pytest.fixture
def pages(client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def auditor_pages(client):
    client.force_login(UserFactory(groups=[AUDITOR]))
    return client


def text(answer):
    return answer.content.decode()


# --- List ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"q": "L0001"}, ["L0001"]),
        ({"q": "invented"}, ["L0001"]),
        ({"q": "700002"}, ["L0002"]),
        ({"kind": "agent"}, ["L0002"]),
        ({"lives": "overseas"}, ["L0003"]),
        ({"lives": "unknown"}, ["L0004"]),
        ({"bank": "none"}, ["L0001", "L0002", "L0004"]),
        ({"bank": "waiting"}, ["L0002"]),
        ({"q": "nobody"}, []),
        ({}, ["L0001", "L0002", "L0003", "L0004"]),
    ],
)
def test_the_list_is_searched_and_filtered(pages, asked, expected):
    PayeeFactory(party__ref="L0001", party__name="Ada Invented")
    agent = PayeeFactory(party__ref="L0002", party__kind=Party.Kind.AGENT, supplier_number="700002")
    BankDetailsFactory(payee=agent, waiting=True)
    BankDetailsFactory(payee=PayeeFactory(party__ref="L0003", is_overseas=True))
    PayeeFactory(party__ref="L0004", is_overseas=None)
    answer = pages.get(reverse("payees:list"), asked)
    assert [row.record.party.ref for row in answer.context["table"].rows] == expected


def test_the_list_is_an_excel_file_too_with_leading_zeros_and_without_account_numbers(pages):
    BankDetailsFactory(payee__supplier_number="000123", account_number="66374958")
    answer = pages.get(reverse("payees:list"), {"export": "xlsx"})
    cells = [cell for row in load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True) for cell in row]
    assert "000123" in cells
    assert "66374958" not in cells


def queries(pages, url):
    """How many queries the page makes, once what Django keeps in memory (content types) is there."""
    pages.get(url)
    with CaptureQueriesContext(connection) as context:
        assert pages.get(url).status_code == 200
    return len(context)


def test_the_list_costs_the_same_however_long(pages):
    def add(rows):
        for details in BankDetailsFactory.create_batch(rows):
            BankDetailsFactory(payee=details.payee, waiting=True, is_first=False)

    add(2)
    few = queries(pages, reverse("payees:list"))
    add(18)
    assert queries(pages, reverse("payees:list")) == few


# --- One payee -------------------------------------------------------------------------------------------------------


def test_a_stranger_reference_is_not_found(pages):
    assert pages.get(reverse("payees:detail", args=["L9999"])).status_code == 404


def test_a_reference_may_have_a_slash(pages):
    PayeeFactory(party__ref="L/1")
    assert pages.get(reverse("payees:detail", args=["L/1"])).status_code == 200


def test_an_auditor_sees_accounts_masked_everywhere_on_the_page(auditor_pages):
    details = BankDetailsFactory(account_number="66374958")
    answer = auditor_pages.get(reverse("payees:detail", args=[details.payee.party.ref]))
    assert "66374958" not in text(answer)
    assert "08-99-99" not in text(answer)
    assert "••••4958" in text(answer)


def test_an_officer_sees_accounts_whole(pages):
    details = BankDetailsFactory(account_number="66374958")
    assert "08-99-99 66374958" in text(pages.get(reverse("payees:detail", args=[details.payee.party.ref])))


def test_the_page_tells_who_did_what_and_shows_every_account(pages, officer):
    old = BankDetailsFactory(account_number="66374958")
    details = BankDetailsFactory(waiting=True, is_first=False, payee=old.payee, account_number="12345678")
    services.refuse_bank_details(details_id=details.pk, reason="They never asked.", by=officer, now=NOW)
    page = text(pages.get(reverse("payees:detail", args=[old.payee.party.ref])))
    assert "66374958" in page
    assert "12345678" in page
    assert "Bank details refused" in page
    assert "They never asked." in page


def test_the_page_says_when_the_number_was_changed_and_by_whom(pages):
    payee = PayeeFactory()
    by = UserFactory(first_name="Max", last_name="Invented")
    facts = selectors.facts_of(payee)
    changed = type(facts)(**{name: getattr(facts, name) for name in facts.__slots__} | {"telephone": "020 7946 0999"})
    services.change_payee(payee_id=payee.pk, facts=changed, seen=facts.fingerprint, why="", by=by, now=NOW)
    assert "by Max Invented" in text(pages.get(reverse("payees:detail", args=[payee.party.ref])))


def test_other_rooms_add_panels_and_events(pages, monkeypatch):
    monkeypatch.setattr(sections, "_sections", {})
    monkeypatch.setattr(sections, "_events", {})
    sections.register(lambda request, payee: sections.Section("Leases of theirs", "components/_empty.html"))
    sections.register(lambda request, payee: None)
    sections.register_events(
        lambda request, payee: [sections.Event(NOW.date(), "Lease begun"), sections.Event(NOW, "x")]
    )
    page = text(pages.get(reverse("payees:detail", args=[PayeeFactory().party.ref])))
    assert "Lease begun" in page


def test_the_page_costs_the_same_however_much_happened(pages):
    payee = BankDetailsFactory().payee
    url = reverse("payees:detail", args=[payee.party.ref])

    def happen(times):
        for _ in range(times):
            details = BankDetailsFactory(waiting=True, is_first=False, payee=payee)
            services.refuse_bank_details(details_id=details.pk, reason="No.", by=UserFactory(), now=NOW)
            LeaseFactory(payee=payee)

    happen(2)
    few = queries(pages, url)
    happen(8)
    assert queries(pages, url) == few


def test_the_page_shows_the_leases_that_are_and_were_paid_to_the_payee(pages):
    one, other = PayeeFactory(party__ref="L0001"), PayeeFactory(party__ref="L0002", party__name="New Owner")
    kept, sold = LeaseFactory(payee=one), LeaseFactory(payee=one)
    LeasePayee.objects.create(lease=sold, payee=other, from_on=date(2025, 4, 1), reason="Sold")
    page = text(pages.get(reverse("payees:detail", args=["L0001"])))
    assert kept.ref in page
    assert "Paid to another" in page
    assert "New Owner" in page
    theirs = text(pages.get(reverse("payees:detail", args=["L0002"])))
    assert kept.ref not in theirs
    assert "Sold" in theirs


TYPED = {
    "name": "Ada Invented",
    "kind": "individual",
    "telephone": "020 7946 0001",
    "email": "",
    "address": "1 Invented Street",
    "remittance_by": "print",
    "supplier_number": "600123",
    "vat_number": "",
    "is_overseas": "no",
    "nrl_approval_ref": "",
}


@pytest.mark.parametrize("ref", ["add", "L 1", "", "-L1"])
def test_a_reference_that_cannot_be_an_address_is_refused_and_nothing_typed_is_lost(pages, ref):
    answer = pages.post(reverse("payees:add"), TYPED | {"ref": ref})
    assert "There is a problem" in text(answer)
    assert "1 Invented Street" in text(answer)
    assert not Payee.objects.exists()


def test_what_the_service_refuses_is_said_and_nothing_typed_is_lost(pages):
    PayeeFactory(supplier_number="600123")
    answer = pages.post(reverse("payees:add"), TYPED | {"ref": "L0451"})
    assert "Another payee has this supplier number." in text(answer)
    assert "1 Invented Street" in text(answer)


def test_a_payee_is_added(pages):
    answer = pages.post(reverse("payees:add"), TYPED | {"ref": "l0451"})
    assert answer.url == reverse("payees:detail", args=["L0451"])
    payee = Payee.objects.get(party__ref="L0451")
    assert (payee.is_overseas, payee.party.name) == (False, "Ada Invented")


def test_a_stale_page_shows_what_is_recorded_now_and_saving_again_is_a_choice(pages):
    payee = PayeeFactory(party__ref="L0001")
    seen = selectors.facts_of(payee).fingerprint
    Party.objects.update(telephone="020 7946 0555")
    url = reverse("payees:change", args=["L0001"])
    answer = pages.post(url, TYPED | {"seen": seen})
    assert "while you were typing" in text(answer)
    assert "020 7946 0555" in text(answer)
    assert 'value="020 7946 0001"' in text(answer)
    again = answer.context["form"]["seen"].value()
    assert pages.post(url, TYPED | {"seen": again}).status_code == 302
    assert Party.objects.get(ref="L0001").telephone == "020 7946 0001"


# --- Bank details ----------------------------------------------------------------------------------------------------

ACCOUNT = {"sort_code": "08-99-99", "account_number": "6637 4958", "account_name": "ADA INVENTED", "reason": "Letter"}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"sort_code": "08-99"}, "A sort code has six digits"),
        ({"account_number": "6637495"}, "An account number has eight digits"),
        ({"account_number": "66374959"}, "cannot belong to sort code 08-99-99"),
        ({"reason": ""}, "Fill this in"),
    ],
)
def test_a_mistyped_account_is_refused_in_words_and_nothing_typed_is_lost(pages, typed, words):
    services.load_modulus_table(weights=TABLE.rows, substitutes={}, by=None, now=LONG_AGO)
    url = reverse("payees:request_change", args=[PayeeFactory().party.ref])
    answer = pages.post(url, ACCOUNT | typed)
    assert words in text(answer)
    assert "ADA INVENTED" in text(answer)
    assert not BankDetails.objects.exists()


def test_a_change_is_asked_for_called_back_and_approved_by_another(client):
    current = BankDetailsFactory(payee__party__telephone="020 7946 0000")
    officer, caller, leader = UserFactory(), UserFactory(), UserFactory(groups=[TEAM_LEADER])
    client.force_login(officer)
    url = reverse("payees:request_change", args=[current.payee.party.ref])
    answer = client.post(url, ACCOUNT | {"seen_current": current.pk})
    details = BankDetails.objects.get(status="waiting")
    assert answer.url == reverse("payees:request", args=[details.pk])
    assert "66374958" in text(client.get(answer.url))

    ring = {"seen_number": "020 7946 0000", "note": "Spoke to Ada, confirmed."}
    assert "Record the call-back" not in text(client.get(answer.url))
    refused = client.post(reverse("payees:call_back", args=[details.pk]), ring)
    assert "someone else must ring the payee" in text(refused)

    client.force_login(caller)
    assert client.post(reverse("payees:call_back", args=[details.pk]), ring).status_code == 302
    client.force_login(officer)
    refused = client.post(reverse("payees:approve", args=[details.pk]))
    assert "You asked for this change or loaded it" in text(refused)

    client.force_login(leader)
    assert client.post(reverse("payees:approve", args=[details.pk])).status_code == 302
    details.refresh_from_db()
    assert details.is_current


def test_the_note_of_a_call_that_did_not_count_is_not_lost(pages):
    details = BankDetailsFactory(waiting=True, is_first=False)
    typed = {"seen_number": "020 7946 0666", "note": "Spoke to somebody."}
    answer = pages.post(reverse("payees:call_back", args=[details.pk]), typed)
    assert "changed while you were reading" in text(answer)
    assert 'value="Spoke to somebody."' in text(answer)
    assert 'value="020 7946 0000"' in text(answer)


def test_a_refusal_without_a_reason_goes_back_to_the_field(pages):
    details = BankDetailsFactory(waiting=True)
    assert "Why it is refused" in text(pages.post(reverse("payees:refuse", args=[details.pk]), {"reason": ""}))
    details.refresh_from_db()
    assert details.status == "waiting"


def test_the_request_page_warns_of_a_number_that_is_too_new(pages):
    details = BankDetailsFactory(waiting=True, is_first=False, requested_at=timezone.now())
    Party.objects.update(telephone="020 7946 0666", email="new@example.org")
    page = text(pages.get(reverse("payees:request", args=[details.pk])))
    assert "The telephone number on file was changed" in page
    assert "It was 020 7946 0000." in page
    assert "The e-mail address on file was changed" in page


def test_a_decided_request_shows_the_verdict_of_its_day_and_offers_nothing(pages):
    details = BankDetailsFactory(modulus_verdict="Valid: passes MOD10.", account_number="66374959")
    services.load_modulus_table(weights=TABLE.rows, substitutes={}, by=None, now=LONG_AGO)
    page = text(pages.get(reverse("payees:request", args=[details.pk])))
    assert "Valid: passes MOD10." in page
    assert "In use now" not in page
    assert "Approve this account" not in page


def test_the_request_page_shows_an_auditor_no_numbers_and_no_buttons(auditor_pages):
    details = BankDetailsFactory(waiting=True, is_first=False, account_number="66374958")
    page = text(auditor_pages.get(reverse("payees:request", args=[details.pk])))
    assert "66374958" not in page
    assert "Approve this account" not in page


# --- Approval page ---------------------------------------------------------------------------------------------------


def test_first_accounts_are_approved_in_bulk(pages):
    ids = [row.pk for row in BankDetailsFactory.create_batch(3, waiting=True)]
    answer = pages.post(reverse("payees:approve_first"), {"selected": ids}, follow=True)
    assert "3 first accounts approved." in text(answer)
    assert BankDetails.objects.filter(is_current=True).count() == 3


def test_approving_nothing_is_refused_in_words(pages):
    assert "Tick the accounts to approve." in text(pages.post(reverse("payees:approve_first"), {"selected": ["x"]}))


def test_what_one_loaded_has_no_box_and_says_why(pages, officer):
    mine, other = BankDetailsFactory(waiting=True, requested_by=officer), BankDetailsFactory(waiting=True)
    page = text(pages.get(reverse("payees:approvals")))
    assert f'name="selected" value="{other.pk}"' in page
    assert f'name="selected" value="{mine.pk}"' not in page
    assert "someone else must approve it" in page


def test_ticks_stay_when_the_approval_is_refused(pages, officer):
    mine, other = BankDetailsFactory(waiting=True, requested_by=officer), BankDetailsFactory(waiting=True)
    page = text(pages.post(reverse("payees:approve_first"), {"selected": [mine.pk, other.pk]}))
    assert "Nothing was approved" in page
    assert f'<input checked type="checkbox" class="form-check-input" name="selected" value="{other.pk}"' in page


def test_a_change_shows_the_account_in_use_beside_it(pages):
    old = BankDetailsFactory(account_number="66374958")
    BankDetailsFactory(waiting=True, is_first=False, payee=old.payee, account_number="12345678")
    page = text(pages.get(reverse("payees:approvals")))
    assert page.index("66374958") < page.index("12345678")
    assert "To be made" in page


def test_the_approval_page_costs_the_same_however_long(pages):
    def wait(rows):
        BankDetailsFactory.create_batch(rows, waiting=True)
        BankDetailsFactory.create_batch(rows, waiting=True, is_first=False)

    wait(2)
    few = queries(pages, reverse("payees:approvals"))
    wait(10)
    assert queries(pages, reverse("payees:approvals")) == few


def test_what_waits_is_an_excel_file_too_and_masked_for_an_auditor(auditor_pages):
    BankDetailsFactory(waiting=True, account_number="66374958")
    BankDetailsFactory(waiting=True, is_first=False, account_number="12345678")
    answer = auditor_pages.get(reverse("payees:approvals"), {"export": "xlsx"})
    book = load_workbook(BytesIO(answer.content))
    cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {"••••99 ••••4958", "••••99 ••••5678"} <= cells


# --- The checker and its table ---------------------------------------------------------------------------------------


def uploads(weights=ROWS):
    return {
        "valacdos": SimpleUploadedFile("valacdos.txt", weights.encode()),
        "scsubtab": SimpleUploadedFile("scsubtab.txt", SUBSTITUTES.encode()),
    }


def test_an_account_is_checked_on_the_page(pages):
    services.load_modulus_table(weights=TABLE.rows, substitutes={}, by=None, now=LONG_AGO)
    typed = {"sort_code": "08-99-99", "account_number": "66374959"}
    assert "fails MOD10" in text(pages.post(reverse("payees:account_check"), typed))


def test_a_wrong_table_is_refused_with_its_line(client):
    client.force_login(UserFactory(groups=[TEAM_LEADER]))
    answer = client.post(reverse("payees:load_table"), uploads("089000 089999 MOD97"))
    assert "valacdos.txt, line 1" in text(answer)
    assert selectors.modulus_table() is None


def test_a_leader_loads_the_table(client):
    client.force_login(UserFactory(groups=[TEAM_LEADER]))
    assert client.post(reverse("payees:load_table"), uploads()).status_code == 302
    assert len(selectors.modulus_table().rows) == 25


# --- Home and search -------------------------------------------------------------------------------------------------


def test_what_waits_is_on_the_home_page_of_those_who_approve(officer):
    BankDetailsFactory(waiting=True)
    BankDetailsFactory(waiting=True, is_first=False)
    BankDetailsFactory(waiting=True, is_first=False, called_back_by=officer, called_back_at=LONG_AGO)
    titles = {item.title: item.count for item in work.items(officer, NOW.date())}
    assert titles | {"First bank details": 1, "Bank detail changes": 1, "Bank detail changes, called back": 1} == titles
    assert not [item for item in work.items(UserFactory(groups=[AUDITOR]), NOW.date()) if "ank detail" in item.title]


def test_a_payee_is_found_by_those_who_may_see_it(officer):
    payee = PayeeFactory(party__ref="L0451", party__name="Ada Invented", supplier_number="600777")
    party = payee.party
    party.telephone = "020 7946 0451"
    party.save()
    for words in ("L0451", "ada inv", "600777", "020 7946 0451", "02079460451", "+44 20 7946 0451", "0451"):
        assert reverse("payees:detail", args=["L0451"]) in [hit.url for hit in find(words, officer)]
    assert find("L0451", UserFactory(groups=[])) == []
    assert str(payee.party) == "L0451 Ada Invented"
