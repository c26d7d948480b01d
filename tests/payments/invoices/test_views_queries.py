"""Queries to providers on the page, their e-mails, and what is expected and has not come."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from lewisham_ta.dates import first_of_month, next_month, previous_month
from lewisham_ta.templatetags.ta import day
from payments.invoices import services
from payments.invoices.emails.models import ProviderEmail
from payments.invoices.emails.sending import email_waiting
from payments.models import Invoice, InvoiceQuery
from tests.factories import ProviderFactory, UserFactory
from tests.payments.invoices.factories import NOW, billed, booking, decide, do, load, provider, queried

pytestmark = pytest.mark.django_db


def words_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def signed_in(client, officer):
    client.force_login(officer)
    return client


def in_query(officer, email="accounts@example.org"):
    stay = booking(provider(party__email=email))
    invoice = load(stay.unit.provider, billed(stay, rate=Decimal("65.00")), by=officer)
    decide(invoice, "query", reason="Which rate?", by=officer)
    return invoice


def send(client, invoice, **typed):
    version = Invoice.objects.get(pk=invoice.pk).version
    return client.post(reverse("invoices:query", args=[invoice.pk]), {"seen_version": version} | typed)


def test_a_query_is_drafted_changed_e_mailed_once_and_answered(signed_in, officer):
    invoice = in_query(officer)
    page = words_of(signed_in.get(reverse("invoices:query", args=[invoice.pk])))
    assert "£65.00 a night billed, £60.00 agreed." in page
    send(signed_in, invoice, text="Which rate did we agree?", how="email")
    assert email_waiting(now=timezone.now()) == 1
    assert email_waiting(now=timezone.now()) == 0
    [message] = mail.outbox
    assert (message.to, message.body) == (["accounts@example.org"], "Which rate did we agree?")
    query = InvoiceQuery.objects.get()
    assert (query.sent_how, query.sent_by) == ("email", officer)
    page = words_of(signed_in.get(reverse("invoices:detail", args=[invoice.pk])))
    assert "has no answer yet" in page
    assert "the clock stands still" in page
    assert "Which rate did we agree?" in words_of(signed_in.get(reverse("invoices:query", args=[invoice.pk])))
    answer = {"on": timezone.localdate().isoformat(), "reply": "£60.00 is right"}
    signed_in.post(reverse("invoices:reply", args=[query.pk]), answer)
    assert "£60.00 is right" in words_of(signed_in.get(reverse("invoices:query", args=[invoice.pk])))


def test_the_checks_words_as_reason_are_not_said_twice(signed_in, officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay, rate=Decimal("65.00")), by=officer)
    line = invoice.lines.get()
    typed = {"seen_version": invoice.version, f"line-{line.pk}": "query"}
    signed_in.post(reverse("invoices:decide", args=[invoice.pk]), typed)
    for name in ("query", "detail"):
        page = words_of(signed_in.get(reverse(f"invoices:{name}", args=[invoice.pk])))
        assert page.count("£65.00 a night billed, £60.00 agreed.") == 1


def test_a_draft_is_kept_and_a_query_sent_otherwise(signed_in, officer):
    invoice = in_query(officer, email="")
    send(signed_in, invoice, text="Half a sentence", how="draft")
    page = words_of(signed_in.get(reverse("invoices:query", args=[invoice.pk])))
    assert "Half a sentence" in page
    assert "has no e-mail address" in page
    assert "has no e-mail address" in words_of(send(signed_in, invoice, text="x", how="email"))
    send(signed_in, invoice, text="Half a sentence", how="telephone")
    assert InvoiceQuery.objects.get().sent_how == "telephone"
    assert not ProviderEmail.objects.exists()


def test_what_was_typed_stays_when_the_invoice_changed_meanwhile(signed_in, officer):
    invoice = in_query(officer)
    page = words_of(send(signed_in, invoice, text="My own words", how="email", seen_version=0))
    assert "changed while you were reading" in page
    assert "My own words" in page


def test_an_e_mail_that_may_not_have_left_is_sent_again_by_a_person(signed_in, officer):
    email = queried(by=officer).email
    ProviderEmail.objects.update(claimed_at=NOW)
    page = words_of(signed_in.get(reverse("invoices:query", args=[email.query.invoice_id])))
    assert "Not known to have left" in page
    signed_in.post(reverse("invoices:email_again", args=[email.pk]))
    assert email_waiting(now=timezone.now()) == 1
    signed_in.post(reverse("invoices:email_again", args=[email.pk]))
    assert email_waiting(now=timezone.now()) == 0


def test_a_query_of_a_rejected_invoice_is_neither_e_mailed_nor_answered_and_its_page_says_so(signed_in, officer):
    query = queried(by=officer)
    invoice = query.invoice
    do(services.reject, invoice, reason="Withdrawn by the provider", by=officer)
    assert email_waiting(now=timezone.now()) == 0
    ProviderEmail.objects.update(claimed_at=NOW)
    page = words_of(signed_in.get(reverse("invoices:query", args=[invoice.pk])))
    assert "Closed with the invoice" in page
    assert "Record the answer" not in page
    assert "E-mail it again" not in page
    assert "has no answer yet" not in words_of(signed_in.get(reverse("invoices:detail", args=[invoice.pk])))
    again = signed_in.post(reverse("invoices:email_again", args=[query.email.pk]), follow=True)
    assert "An invoice that is rejected is not asked about any more" in words_of(again)


def test_an_e_mail_has_words_and_an_address():
    facts = {"provider": ProviderFactory(), "subject": "x", "asked_by": UserFactory(), "asked_on": date(2026, 4, 1)}
    with pytest.raises(IntegrityError, match="provider_email_has_words"), transaction.atomic():
        ProviderEmail.objects.create(**facts, to="a@example.org", text="")
    ProviderEmail.objects.create(**facts, to="a@example.org", text="x")
    with pytest.raises(IntegrityError, match="provider_email_chases_once_a_day"), transaction.atomic():
        ProviderEmail.objects.create(**facts, to="a@example.org", text="x")


def test_nights_without_an_invoice_by_provider_with_letter_and_accrual(signed_in, officer):
    of = provider(party__name="Silent Rooms Ltd", party__email="silent@example.org")
    month = previous_month(first_of_month(timezone.localdate()))
    booking(of, starts_on=month.replace(day=3), ends_on=month.replace(day=10))
    other = booking()
    load(other.unit.provider, billed(other), by=officer)
    page = words_of(signed_in.get(reverse("invoices:expected")))
    assert "Silent Rooms Ltd" in page
    assert "420.00" in page
    chase = reverse("invoices:chase", args=[of.pk])
    assert "Invoices that we have not received" in words_of(signed_in.get(chase))
    signed_in.post(chase, {"text": "Please bill us."})
    assert "asked for its invoices today already" in words_of(signed_in.post(chase, {"text": "Please bill us."}))
    assert email_waiting(now=timezone.now()) == 1
    answer = signed_in.get(reverse("invoices:accrual"), {"month": f"{month:%Y-%m}"})
    book = openpyxl.load_workbook(BytesIO(answer.content))
    assert [cell.value for cell in book.worksheets[0][2]] == ["H4420-5530", "homeless", 7, 420]
    assert signed_in.get(reverse("invoices:accrual")).status_code == 302
    coming = next_month(next_month(month))
    answer = signed_in.get(reverse("invoices:accrual"), {"month": f"{coming:%Y-%m}"}, follow=True)
    assert f"{coming:%B %Y} has not begun" in words_of(answer)


def test_a_provider_without_an_address_is_not_e_mailed(signed_in, officer):
    of = provider(party__email="")
    booking(of)
    page = words_of(signed_in.post(reverse("invoices:chase", args=[of.pk]), {"text": "Please bill us."}))
    assert "copy the text and send it otherwise" in page


def test_a_letter_that_was_sent_otherwise_is_recorded_with_day_and_person(signed_in, officer):
    of = provider(party__email="")
    booking(of)
    chase = reverse("invoices:chase", args=[of.pk])
    today = timezone.localdate()
    typed = {"text": "Please bill us.", "how": "mailbox"}
    page = words_of(signed_in.post(chase, typed | {"on": f"{today + timedelta(days=1)}"}))
    assert "It is recorded when it was sent." in page
    day_before = today - timedelta(days=1)
    signed_in.post(chase, typed | {"on": f"{day_before}"})
    page = words_of(signed_in.get(chase))
    assert f"From the own mailbox, {day(day_before)}" in page
    assert str(officer) in page.partition("Asked before")[2]


def test_a_query_sent_from_the_own_mailbox_is_recorded_with_its_day_and_not_e_mailed(signed_in, officer):
    stay = booking(provider(party__email="accounts@example.org"))
    today = timezone.localdate()
    invoice = load(
        stay.unit.provider, billed(stay, rate=Decimal("65.00")), received_on=today - timedelta(days=9), by=officer
    )
    decide(invoice, "query", reason="Which rate?", by=officer)
    asked_on = today - timedelta(days=2)
    invoice.refresh_from_db()
    typed = {"text": "Which rate?", "how": "mailbox", "on": f"{asked_on}", "seen_version": invoice.version}
    signed_in.post(reverse("invoices:query", args=[invoice.pk]), typed)
    query = invoice.queries.get()
    assert (query.sent_how, query.sent_on, query.sent_by) == ("email", asked_on, officer)
    assert not ProviderEmail.objects.exists()
