"""Queries and questions where an invoice is, promised to the provider by e-mail."""

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from bookings.models import Provider
from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refuse_if, refusing
from payments.invoices.emails.models import ProviderEmail
from payments.invoices.models import InvoiceQuery
from payments.invoices.rules import moves
from payments.invoices.services.checking import CHECK
from payments.invoices.services.querying import draft_query, record_query_sent

MAILBOX = "mailbox"
CHASED_HOW = (MAILBOX, "post", "telephone")


@transaction.atomic
def send_query(
    *,
    invoice_id: int,
    text: str,
    how: str = "email",
    on: date | None = None,
    seen_version: int,
    by: User,
    now: datetime,
) -> InvoiceQuery:
    """Send the query with the officer's words: the worker e-mails it today, or the officer did otherwise, from the own
    mailbox say, on a day."""
    permit(by, CHECK)
    query = draft_query(invoice_id=invoice_id, text=text, seen_version=seen_version, by=by, now=now)
    invoice = query.invoice
    if how == InvoiceQuery.How.EMAIL:
        _promise(invoice.provider, f"Your invoice {invoice.number}", query.text, query=query, by=by, now=now)
        on = None
    how = InvoiceQuery.How.EMAIL if how == MAILBOX else how
    return record_query_sent(query_id=query.pk, how=how, on=on or localdate(now), by=by, now=now)


@transaction.atomic
def send_chase(*, provider_id: int, text: str, by: User, now: datetime) -> ProviderEmail:
    """Ask a provider by e-mail for invoices that have not come."""
    permit(by, CHECK)
    provider = Provider.objects.select_related("party").get(pk=provider_id)
    email = _promise(provider, "Invoices that we have not received", text, query=None, by=by, now=now)
    _chased(provider, "email", localdate(now), by=by, now=now)
    return email


@transaction.atomic
def record_chase(*, provider_id: int, how: str, on: date, by: User, now: datetime) -> Provider:
    """Write down that the letter for invoices that have not come went otherwise: from the own mailbox, by post, by
    telephone."""
    permit(by, CHECK)
    provider = Provider.objects.select_related("party").get(pk=provider_id)
    if how not in CHASED_HOW:
        raise Refused("Say how the letter was sent.")
    if on > localdate(now):
        raise Refused("It is recorded when it was sent.")
    _chased(provider, how, on, by=by, now=now)
    return provider


def _chased(provider: Provider, how: str, on: date, *, by: User, now: datetime) -> None:
    audit.record("invoice.chased", provider, by=by, at=now, provider=provider.party.ref, how=how, on=on.isoformat())


@transaction.atomic
def email_again(*, email_id: int, by: User, now: datetime) -> ProviderEmail:
    """Promise once more an e-mail that was taken up and is not known to have left."""
    permit(by, CHECK)
    email = ProviderEmail.objects.select_for_update(of=("self",)).select_related("query__invoice").get(pk=email_id)
    if email.query is not None:
        refuse_if(moves.ask_refusal(status=email.query.invoice.status))
    if email.sent_at or not email.claimed_at:
        raise Refused("Only an e-mail that is not known to have left is sent again.")
    with audit.acting(by):
        email.claimed_at = None
        email.save(update_fields=["claimed_at"])
    audit.record("invoice.emailed_again", email, by=by, at=now)
    return email


def _promise(
    provider: Provider, subject: str, text: str, *, query: InvoiceQuery | None, by: User, now: datetime
) -> ProviderEmail:
    if not provider.party.email:
        raise Refused(f"{provider.party.name} has no e-mail address: copy the text and send it otherwise.")
    with audit.acting(by), refusing():
        return ProviderEmail.objects.create(
            provider=provider,
            query=query,
            to=provider.party.email,
            subject=subject,
            text=text.strip(),
            asked_by=by,
            asked_on=localdate(now),
        )
