"""Remittance advices: one a payee and batch, e-mailed once or printed, whatever happens on the way."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from pypdf import PdfReader

from lewisham_ta import pdf
from lewisham_ta.refusals import Refused
from payments.batches import remittances, selectors, services, tasks
from payments.batches.models import Remittance
from payments.batches.rules import AdviceLine
from tests.factories import BankDetailsFactory, PartyFactory, UserFactory
from tests.payments.batches.factories import NOW, OCTOBER, PaymentFactory, advice

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def printed_here(monkeypatch):
    """Processes of their own take seconds to start; test_pdf and the job's test below have them."""
    monkeypatch.setattr(pdf, "render_many", lambda pages: map(pdf.from_html, pages))


def account(ref, *, email="", **but):
    return BankDetailsFactory(
        payee__party=PartyFactory(ref=ref, name=f"Landlord {ref}", email=email),
        payee__remittance_by="email" if email else "print",
        **but,
    )


def sent(*payments):
    officer = UserFactory()
    batch = services.make_batch(payment_ids=[payment.pk for payment in payments], by=officer, now=NOW)
    return services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)


def make(batch):
    return remittances.make_advices(batch_id=batch.pk, by=batch.sent_by, now=LATER, progress=lambda *_: None)


def text(stored):
    return " ".join(
        word for page in PdfReader(io.BytesIO(bytes(stored.content))).pages for word in page.extract_text().split()
    )


def test_an_open_batch_has_no_advices():
    batch = services.make_batch(payment_ids=[PaymentFactory().pk], by=UserFactory(), now=NOW)
    with pytest.raises(Refused, match="after the batch is sent"):
        make(batch)
    with pytest.raises(Refused, match="after the batch is sent"):
        services.request_remittances(batch=batch, by=batch.made_by, now=NOW)


def test_the_advice_says_everything_about_the_money():
    bank_details = account("L0001", account_number="12345678")
    held = AdviceLine(
        property="P00002",
        address="2 Invented Street SE6 9ZZ",
        lease="LS00002",
        kind="rent",
        amount=Decimal("400.00"),
        for_month=OCTOBER,
        from_on=OCTOBER,
        to_on=OCTOBER,
        days=1,
        rent=Decimal("2800.00"),
        per="week",
        basis="days",
        held=True,
        why="Gas certificate out of date",
    )
    back = AdviceLine(
        property="P00001",
        address="1 Invented Street SE6 9ZZ",
        lease="LS00001",
        kind="backdated",
        amount=Decimal("-50.00"),
        for_month=date(2026, 9, 1),
    )
    sent_for = advice(
        Decimal("1150.00"),
        *advice(Decimal("1550.00")).lines,
        back,
        held,
        rent=Decimal("1550.00"),
        backdated=Decimal("-50.00"),
        nrl_tax=Decimal("300.00"),
        brought_forward=Decimal("-50.00"),
        held=Decimal("400.00"),
    )
    batch = sent(PaymentFactory(bank_details=bank_details, net=Decimal("1150.00"), advice=sent_for.to_json()))
    make(batch)
    said = text(batch.remittances.get().file)
    for words in [
        "Sent for payment 23 Nov 2026, batch B000001",
        "Amount £1,150.00",
        "Paid into account ending 5678",
        "Rent, 1 Oct 2026 to 31 Oct 2026 31 days at £350.00 a week, basis Days 1,550.00",
        "Backdated rent, September 2026 −50.00",
        "Worked out but held: not paid yet",
        "1 day at £2,800.00 a week",
        "Gas certificate out of date 400.00",
        "Tax withheld under the Non-resident Landlords Scheme −300.00",
        "Brought forward −50.00",
        "Paid 1,150.00",
    ]:
        assert words in said
    assert "12345678" not in said


def test_running_the_job_again_makes_nothing_twice():
    batch = sent(PaymentFactory(bank_details=account("L0001")), PaymentFactory(bank_details=account("L0002")))
    assert make(batch) == 2
    batch.refresh_from_db()
    first = batch.advice_print_file_id
    assert make(batch) == 0
    batch.refresh_from_db()
    assert batch.advice_print_file_id == first
    assert batch.remittances.count() == 2


def test_two_payments_of_one_payee_are_one_advice():
    bank_details = account("L0001")
    batch = sent(
        PaymentFactory(bank_details=bank_details),
        PaymentFactory(bank_details=bank_details, source="CONTROC 2026-10/1", reference="LBL PS1 1026 L0001"),
    )
    make(batch)
    said = text(batch.remittances.get().file)
    assert "Amount £3,100.00" in said
    assert "LBL PS1 1026 L0001" in said


def test_the_print_file_has_those_that_nobody_emails_in_the_order_of_their_references():
    batch = sent(
        PaymentFactory(bank_details=account("L0003")),
        PaymentFactory(bank_details=account("L0001")),
        PaymentFactory(bank_details=account("L0002", email="landlord@example.org")),
    )
    make(batch)
    batch.refresh_from_db()
    said = text(batch.advice_print_file)
    assert said.index("Landlord L0001") < said.index("Landlord L0003")
    assert "Landlord L0002" not in said


def test_where_everybody_is_emailed_there_is_no_print_file():
    batch = sent(PaymentFactory(bank_details=account("L0001", email="landlord@example.org")))
    make(batch)
    batch.refresh_from_db()
    assert batch.advice_print_file is None


def test_an_advice_is_emailed_once():
    batch = sent(PaymentFactory(bank_details=account("L0001", email="landlord@example.org")))
    make(batch)
    tasks.email_advices()
    tasks.email_advices()
    [message] = mail.outbox
    assert message.to == ["landlord@example.org"]
    [(name, content, kind)] = message.attachments
    assert (name, kind) == ("Remittance B000001 L0001.pdf", "application/pdf")
    assert content == bytes(batch.remittances.get().file.content)
    assert batch.remittances.get().emailed_at


def test_an_advice_that_somebody_else_took_up_is_left_to_them():
    batch = sent(PaymentFactory(bank_details=account("L0001", email="landlord@example.org")))
    make(batch)
    Remittance.objects.update(claimed_at=NOW)
    assert remittances.email_waiting(now=LATER) == 0
    assert mail.outbox == []


def test_an_email_that_failed_half_way_waits_for_a_person(monkeypatch):
    batch = sent(PaymentFactory(bank_details=account("L0001", email="landlord@example.org")))
    make(batch)

    def fail(message):
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(mail.EmailMessage, "send", fail)
        assert remittances.email_waiting(now=LATER) == 0
    assert remittances.email_waiting(now=LATER) == 0
    one = batch.remittances.get()
    assert (one.claimed_at, one.emailed_at) == (LATER, None)
    remittances.email_again(remittance_id=one.pk, by=UserFactory(), now=LATER)
    assert remittances.email_waiting(now=LATER) == 1
    with pytest.raises(Refused, match="not known to have left"):
        remittances.email_again(remittance_id=one.pk, by=UserFactory(), now=LATER)


def test_after_a_failure_the_rest_is_left_to_the_next_look(monkeypatch):
    batch = sent(*[PaymentFactory(bank_details=account(f"L000{n}", email=f"l{n}@example.org")) for n in (1, 2, 3)])
    make(batch)
    real, tried = mail.EmailMessage.send, []

    def fail_first(message):
        tried.append(message.to)
        if len(tried) == 1:
            raise ConnectionResetError
        return real(message)

    monkeypatch.setattr(mail.EmailMessage, "send", fail_first)
    assert remittances.email_waiting(now=LATER) == 0
    assert remittances.email_waiting(now=LATER) == 2
    assert [message.to for message in mail.outbox] == [["l2@example.org"], ["l3@example.org"]]
    assert selectors.unconfirmed_emails().get().email_to == "l1@example.org"


def test_without_a_mail_server_nothing_is_taken_up(monkeypatch):
    batch = sent(PaymentFactory(bank_details=account("L0001", email="landlord@example.org")))
    make(batch)

    def unreachable(connection):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.open", unreachable)
    assert remittances.email_waiting(now=LATER) == 0
    assert batch.remittances.get().claimed_at is None


def test_the_job_makes_them_in_processes_of_their_own_and_says_how_many(monkeypatch):
    monkeypatch.undo()
    batch = sent(PaymentFactory(bank_details=account("L0001")))
    job = services.request_remittances(batch=batch, by=batch.sent_by, now=NOW)
    said = []
    result = tasks.make_remittances(job, lambda *words: said.append(words))
    assert result.words == "1 advice made."
    assert said == [(1, 1, "1 of 1 advices made")]
