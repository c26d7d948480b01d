"""The pages of payments and batches: what they say, what they refuse, and what they cost."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from lewisham_ta import roles
from lewisham_ta.models import Download, Job
from payments.batches import hooks, services
from payments.batches.models import Batch, Payment
from payments.batches.rules import payment_number
from tests.factories import BankDetailsFactory, PartyFactory, UserFactory
from tests.payments.batches.factories import PaymentFactory, a_remittance, open_batch, sent_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    user = UserFactory()
    client.force_login(user)
    return user


def page(client, name, *args, **query):
    return client.get(reverse(f"batches:{name}", args=args), query)


def post(client, name, *args, **data):
    return client.post(reverse(f"batches:{name}", args=args), data, follow=True)


def said(answer):
    return " ".join(answer.content.decode().split())


def test_the_list_says_why_a_payment_cannot_go(client, officer):
    PaymentFactory()
    stopped = PaymentFactory()
    services.stop_payments(payee=stopped.payee, reason="court order", by=officer, now=timezone.now())
    words = said(page(client, "payment_list"))
    assert "1 can go now, £1,550.00. 1 cannot yet." in words
    assert "Payments to this payee are stopped: court order" in words
    assert "Make a batch of all 1, £1,550.00" in words


def test_the_list_is_filtered_by_payee_state_and_source(client, officer):
    wanted = PaymentFactory(bank_details=BankDetailsFactory(payee__party=PartyFactory(name="Wanted Lettings")))
    PaymentFactory(source="CONTROC 2026-09")
    for query in ({"q": "wanted"}, {"source": "CONTROC 2026-10"}, {"q": wanted.payee.party.ref, "state": "payable"}):
        assert [row.record.pk for row in page(client, "payment_list", **query).context["table"].rows] == [wanted.pk]


def test_without_the_right_to_make_batches_there_is_nothing_to_tick(client):
    client.force_login(UserFactory(groups=[roles.AUDITOR]))
    PaymentFactory()
    words = said(page(client, "payment_list"))
    assert 'name="selected"' not in words
    assert "Make a batch" not in words


def test_payees_lead_to_their_pages_for_those_who_may_see_them(client, officer):
    payment = PaymentFactory()
    link = f'href="{reverse("payees:detail", args=[payment.payee.party.ref])}"'
    batch = open_batch(payment)
    assert link in said(page(client, "payment_list"))
    assert link in said(page(client, "detail", batch.number))
    client.force_login(UserFactory(groups=[roles.CENTRAL_FINANCE]))
    for answer in (page(client, "payment_list"), page(client, "detail", batch.number)):
        assert payment.payee.party.ref in said(answer)
        assert link not in said(answer)


def test_a_batch_is_answered_when_all_of_it_is_paid_or_came_back(client, officer):
    batch = sent_batch(now=timezone.now())
    item = batch.items.get()
    assert ">Sent<" in said(page(client, "list")).replace("</svg>", ">")
    today = timezone.localdate()
    services.record_outcome(item_id=item.pk, outcome="paid", on=today, reason="", by=officer, now=timezone.now())
    shown = said(page(client, "detail", batch.number))
    assert "Answered" in shown
    assert '<a href="?outcome=paid">1</a> <span class="fact-hint">£1,550.00</span>' in shown
    rows = load_workbook(BytesIO(page(client, "list", export="xlsx").content)).active.values
    headings, first = list(rows)[:2]
    found = dict(zip(headings, first, strict=True))
    assert (found["State"], found["Not answered"], found["Paid £"]) == ("Answered", 0, 1550)


@pytest.mark.parametrize("name", ["payment_list", "returned_list", "list"])
@pytest.mark.parametrize("rows", [2, 12])
def test_a_list_costs_the_same_however_long(client, officer, name, rows, django_assert_max_num_queries):
    for _ in range(rows):
        sent_batch()
        PaymentFactory(state="returned", returned_on="2026-11-23", return_reason="closed", source="X")
        PaymentFactory()
    with django_assert_max_num_queries(24):
        page(client, name)


@pytest.mark.parametrize("rows", [2, 12])
def test_a_batch_costs_the_same_however_many_payments(client, officer, rows, django_assert_max_num_queries):
    batch = open_batch(*[PaymentFactory() for _ in range(rows)])
    with django_assert_max_num_queries(28):
        page(client, "detail", batch.number)


def test_a_payment_says_where_it_goes_without_the_whole_account(client, officer):
    payment = PaymentFactory(bank_details=BankDetailsFactory(account_number="12345678"))
    words = said(page(client, "payment_detail", payment.pk))
    assert "Account ending 5678" in words
    assert "12345678" not in words
    assert "31 days at £350.00 a week, basis Days" in words


def test_a_payment_says_that_the_account_changed_since_it_was_approved(client, officer):
    payment = PaymentFactory()
    type(payment.bank_details).objects.filter(pk=payment.bank_details_id).update(is_current=False)
    BankDetailsFactory(payee=payment.payee, account_number="87654321", usable_from=timezone.now() + timedelta(days=1))
    words = said(page(client, "payment_detail", payment.pk))
    assert "Account ending 4321" in words
    assert "Changed since" in words
    assert "cool off until" in words


def test_ticked_payments_become_a_batch(client, officer):
    one, two = PaymentFactory(), PaymentFactory()
    answer = post(client, "make", selected=[one.pk])
    assert "B000001 is made and open" in said(answer)
    assert Batch.objects.get().count == 1
    two.refresh_from_db()
    assert two.state == "payable"


def test_nothing_ticked_makes_nothing(client, officer):
    PaymentFactory()
    assert "Tick at least one payment." in said(post(client, "make"))
    assert "Tick at least one payment." in said(post(client, "make", selected=["x"]))
    assert not Batch.objects.exists()


def test_everything_that_may_go_becomes_a_batch(client, officer):
    PaymentFactory()
    PaymentFactory()
    post(client, "make", all="1")
    assert Batch.objects.get().count == 2


def test_a_page_that_is_stale_sends_nothing_and_says_so(client, officer):
    batch = open_batch()
    words = said(post(client, "send", batch.number, seen_version=batch.version - 1))
    assert "There is a problem" in words
    assert "changed while you were reading" in words
    assert Batch.objects.get().status == "open"


@pytest.mark.parametrize("verb", ["send", "add", "take_out"])
def test_a_page_without_its_version_is_a_bad_request(client, officer, verb):
    assert post(client, verb, open_batch().number).status_code == 400


def test_the_payments_that_keep_a_batch_open_are_flagged(client, officer):
    batch = open_batch()
    payment = Payment.objects.get()
    services.stop_payments(payee=payment.payee, reason="court order", by=officer, now=timezone.now())
    words = said(page(client, "detail", batch.number))
    assert "Payments to this payee are stopped: court order" in words
    assert f"Send {batch.number} with 1 payment for £1,550.00 to Central Payments? It is locked then." in words


def test_sending_locks_the_batch_and_starts_the_advices(client, officer):
    batch = open_batch()
    words = said(post(client, "send", batch.number, seen_version=batch.version))
    assert "B000001 is sent and locked" in words
    assert "Remittance advices of B000001" in words
    assert "Take these out" not in words
    assert Job.objects.get().key == "B000001"


def test_payments_are_added_and_taken_out(client, officer):
    batch = open_batch()
    more = PaymentFactory()
    post(client, "add", batch.number, selected=[more.pk], seen_version=batch.version)
    batch.refresh_from_db()
    assert batch.count == 2
    post(client, "take_out", batch.number, selected=[more.pk], seen_version=batch.version)
    batch.refresh_from_db()
    assert batch.count == 1


@pytest.mark.parametrize("which", ["sheet", "csv"])
def test_a_file_is_the_same_at_every_download_and_each_is_recorded(client, officer, which):
    batch = sent_batch()
    first, second = (page(client, "file", batch.number, which) for _ in range(2))
    assert first.content == second.content
    assert hashlib.sha256(first.content).hexdigest() == getattr(batch, which).sha256
    assert Download.objects.filter(file=getattr(batch, which), taken_by=officer).count() == 2


def test_an_open_batch_has_no_files(client, officer):
    batch = open_batch()
    assert page(client, "file", batch.number, "sheet").status_code == 404
    assert page(client, "print_file", batch.number).status_code == 404


def test_who_may_not_see_accounts_is_told_so_instead_of_the_files(client):
    client.force_login(UserFactory(groups=[roles.AUDITOR]))
    words = said(page(client, "detail", sent_batch().number))
    assert "are for those who pay" in words
    assert "/csv/" not in words


def test_central_finance_sees_a_batch_and_takes_its_files(client):
    client.force_login(UserFactory(groups=[roles.CENTRAL_FINANCE]))
    batch = sent_batch()
    words = said(page(client, "detail", batch.number))
    assert batch.sheet.sha256 in words
    assert "Record outcome" in words


def test_an_outcome_is_recorded_by_hand(client, officer):
    batch = sent_batch(now=timezone.now())
    item = batch.items.get()
    refused = post(client, "record_outcome", item.pk, outcome="returned", on=timezone.localdate().isoformat())
    assert "Say why the payment was returned." in said(refused)
    today = timezone.localdate().isoformat()
    words = said(post(client, "record_outcome", item.pk, outcome="returned", on=today, reason="account closed"))
    assert "account closed" in words
    assert "Payment" in said(page(client, "returned_list"))
    assert Payment.objects.get().state == "returned"


def test_a_returned_payment_is_put_right_on_its_page(client, officer):
    payment = PaymentFactory(state="returned", returned_on="2026-11-23", return_reason="account closed")
    words = said(page(client, "payment_detail", payment.pk))
    assert "23 Nov 2026: account closed" in words
    assert "Fill this in." in said(post(client, "put_right", payment.pk))
    assert "can be batched again" in said(post(client, "put_right", payment.pk, note="new account approved"))


def test_a_payment_goes_to_the_account_that_it_came_back_from_only_when_that_is_ticked(client, officer):
    item = sent_batch(PaymentFactory()).items.get()
    back = {
        "is_live": False,
        "outcome": "returned",
        "outcome_on": timezone.localdate(),
        "outcome_reason": "Account closed",
    }
    type(item).objects.filter(pk=item.pk).update(**back)
    facts = {"state": "returned", "returned_on": timezone.localdate(), "return_reason": "Account closed"}
    Payment.objects.filter(pk=item.payment_id).update(**facts)
    ending = item.bank_details.account_number[-4:]
    warned = f"It would go to the same account that it came back from (account ending {ending})"
    assert warned in said(page(client, "payment_detail", item.payment_id))
    assert "Tick that" in said(post(client, "put_right", item.payment_id, note="rang them"))
    assert Payment.objects.get().state == "returned"
    words = said(post(client, "put_right", item.payment_id, note="rang them", same_account="on"))
    assert "can be batched again" in words


def test_whoever_recorded_a_return_reads_why_they_cannot_put_it_right(client, officer):
    facts = {"state": "returned", "returned_on": "2026-11-23", "return_reason": "account closed"}
    payment = PaymentFactory(**facts, returned_by=officer)
    words = said(page(client, "payment_detail", payment.pk))
    assert "You recorded the return, so someone else must put it right." in words
    assert "Let it go again" not in words
    assert "You recorded the return" in said(post(client, "put_right", payment.pk, note="new account approved"))


def test_a_leader_withdraws_a_payment_and_an_officer_is_not_offered_it(client, officer):
    payment = PaymentFactory()
    assert "Withdraw this payment" not in said(page(client, "payment_detail", payment.pk))
    client.force_login(UserFactory(groups=[roles.TEAM_LEADER]))
    assert "Withdraw this payment" in said(page(client, "payment_detail", payment.pk))
    assert "The payment is withdrawn." in said(post(client, "withdraw", payment.pk, reason="landlord died"))


def test_a_payee_is_stopped_and_let_go_on_their_payment(client, officer):
    payment = PaymentFactory()
    assert "until the stop is lifted" in said(post(client, "stop", payment.pk, reason="court order"))
    assert "can go on" in said(post(client, "lift", payment.pk, note="set aside"))
    assert "lifted already" in said(post(client, "lift", payment.pk, note="again"))


def test_no_two_fields_of_a_payments_page_share_an_id(client, officer):
    client.force_login(UserFactory(groups=[roles.TEAM_LEADER]))
    payment = PaymentFactory(state="returned", returned_on="2026-11-23", return_reason="account closed")
    words = page(client, "payment_detail", payment.pk).content.decode()
    ids = [part.split('"')[0] for part in words.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


def test_an_email_that_is_not_known_to_have_left_is_sent_again_by_a_person(client, officer):
    one = a_remittance(email_to="landlord@example.org", claimed_at=timezone.now())
    assert "not known to have left" in said(page(client, "remittance_list", one.batch.number))
    assert "goes to landlord@example.org again" in said(post(client, "email_again", one.pk))
    one.refresh_from_db()
    assert one.claimed_at is None


def test_the_advice_of_a_payee_is_downloaded(client, officer):
    one = a_remittance()
    assert page(client, "remittance_file", one.pk).content == b"%PDF"


def test_what_waits_is_on_the_home_page_and_in_the_search(client, officer):
    PaymentFactory()
    PaymentFactory(state="returned", returned_on="2026-11-23", return_reason="account closed")
    open_batch()
    sent = sent_batch()
    words = said(client.get(reverse("home")))
    for item in ["Payments to be batched", "Payments that came back", "Batch B000001", "Answer to batch B000002"]:
        assert item in words
    payment = sent.items.get().payment
    for text, url in [
        ("b000002", reverse("batches:detail", args=[sent.number])),
        (payment_number(payment.pk), reverse("batches:payment_detail", args=[payment.pk])),
        (payment.reference, reverse("batches:payment_detail", args=[payment.pk])),
    ]:
        assert client.get(reverse("search"), {"q": text}).url == url


def test_what_waits_for_an_answer_is_the_control_total_with_its_vat(officer):
    batch = sent_batch(PaymentFactory(net="100.00", vat="20.00"))
    [item] = [one for one in hooks.work_items(officer, timezone.localdate()) if one.title.startswith("Answer")]
    assert (item.value, batch.total) == (Decimal("120.00"), Decimal("120.00"))


def test_the_lists_are_taken_as_excel_files(client, officer):
    PaymentFactory()
    batch = open_batch()
    for name, args in [("payment_list", []), ("list", []), ("detail", [batch.number]), ("returned_list", [])]:
        answer = page(client, name, *args, export="xlsx")
        assert answer["Content-Type"].startswith("application/vnd.openxmlformats")
