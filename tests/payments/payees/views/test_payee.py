"""The page of one payee, and how it is added, changed and found."""

import html
import re
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from contacts.models import Party
from lewisham_ta import work
from lewisham_ta.roles import AUDITOR
from lewisham_ta.search import find
from payments.models import LeasePayee, Payee
from payments.payees import sections, selectors, services
from tests.factories import LONG_AGO, BankDetailsFactory, LeaseFactory, PayeeFactory, UserFactory
from tests.payments.payees.views.helpers import queries, text

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


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


def test_saving_a_stale_page_again_keeps_what_somebody_else_recorded_in_a_field_that_was_not_touched(pages):
    payee = PayeeFactory(party__ref="L0001", is_overseas=None)
    url = reverse("payees:change", args=["L0001"])
    typed = sent_by(pages.get(url)) | {"telephone": "020 7946 0777"}
    Payee.objects.update(is_overseas=False)
    answer = pages.post(url, typed)
    assert "while you were typing" in text(answer)
    again = sent_by(answer)
    assert (again["is_overseas"], again["telephone"]) == ("no", "020 7946 0777")
    Payee.objects.update(supplier_number="S777")
    third = sent_by(pages.post(url, again))
    assert pages.post(url, third).status_code == 302
    payee.refresh_from_db()
    assert (payee.is_overseas, payee.supplier_number, payee.party.telephone) == (False, "S777", "020 7946 0777")


def sent_by(answer) -> dict[str, str]:
    """What a browser would send of the form on the page, hidden fields too."""
    form = re.search(r'<form class="panel form-panel".*?</form>', answer.content.decode(), re.DOTALL)[0]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        named = dict(re.findall(r'(name|value)="([^"]*)"', tag))
        sent[named["name"]] = html.unescape(named.get("value", ""))
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        sent[name] = re.search(r'value="([^"]*)" selected', options)[1]
    return sent


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
