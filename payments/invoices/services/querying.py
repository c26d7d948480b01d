"""Questions to a provider about lines of its invoice: drafted, sent, answered. Meanwhile the 30 days stand still."""

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from lewisham_ta import audit, locks
from lewisham_ta.dates import ONE_DAY, say
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refuse_if, refusing
from payments.invoices.models import Invoice, InvoiceLine, InvoiceQuery
from payments.invoices.rules import moves
from payments.invoices.rules.query import Queried, draft
from payments.invoices.services.checking import CHECK, LOCK, Decision, lock_to_change, save


@transaction.atomic
def draft_query(*, invoice_id: int, text: str = "", seen_version: int, by: User, now: datetime) -> InvoiceQuery:
    """Draft one query about every line that is in query; a draft that was not sent is written anew.

    Without a `text` of the officer it is drafted from what the check found.
    """
    permit(by, CHECK)
    invoice = lock_to_change(invoice_id, seen_version)
    lines = list(invoice.lines.filter(decision=Decision.QUERY).order_by("number"))
    if not lines:
        raise Refused("Choose the lines to query first.")
    query = invoice.queries.filter(sent_how="").first() or InvoiceQuery(invoice=invoice)
    query.text, query.drafted_by, query.drafted_at = text.strip() or draft_of(invoice, lines, by), by, now
    with audit.acting(by), refusing():
        query.save()
        InvoiceLine.objects.filter(query=query).update(query=None)
        InvoiceLine.objects.filter(pk__in=[line.pk for line in lines]).update(query=query)
        save(invoice)
    audit.record("invoice.query_drafted", invoice, by=by, at=now, lines=[line.number for line in lines])
    return query


def draft_of(invoice: Invoice, lines: list[InvoiceLine], by: User) -> str:
    """The words of a query about these lines."""
    return draft(
        invoice=invoice.number,
        dated=f" of {say(invoice.dated_on)}" if invoice.dated_on else "",
        provider=invoice.provider.party.name,
        officer=str(by),
        lines=[
            Queried(
                number=line.number,
                ref=line.given_ref,
                name=line.given_name,
                first_on=line.starts_on,
                last_on=line.ends_on - ONE_DAY,
                billed=f"£{line.net + line.vat:,.2f} billed",
                words=_found(line),
                reason="" if line.reason == _found(line)[:300] else line.reason,
            )
            for line in lines
        ],
    )


def _found(line: InvoiceLine) -> str:
    return " ".join(finding["words"] for finding in line.findings if finding["code"])


@transaction.atomic
def record_query_sent(*, query_id: int, how: str, on: date, text: str = "", by: User, now: datetime) -> InvoiceQuery:
    """Write down that a query went to the provider: the 30 days stand still from then on."""
    permit(by, CHECK)
    query = _lock(query_id)
    if query.sent_how:
        raise Refused("This query was sent already.")
    if how not in InvoiceQuery.How.values or not how:
        raise Refused("Say how and when the query was sent.")
    if on > localdate(now) or on < query.invoice.received_on:
        raise Refused("The day lies between the invoice's receipt and today.")
    with audit.acting(by), refusing():
        query.sent_how, query.sent_on, query.sent_by, query.text = how, on, by, text.strip() or query.text
        query.save(update_fields=["sent_how", "sent_on", "sent_by", "text"])
    audit.record("invoice.query_sent", query.invoice, by=by, at=now, how=how, on=str(on))
    return query


@transaction.atomic
def record_reply(*, query_id: int, on: date, reply: str, by: User, now: datetime) -> InvoiceQuery:
    """Write down what the provider answered: the 30 days run on. Its lines are then decided."""
    permit(by, CHECK)
    query = _lock(query_id)
    if not query.sent_how:
        raise Refused("This query was not sent yet.")
    if query.answered_on:
        raise Refused("The answer to this query is recorded already.")
    if on > localdate(now):
        raise Refused("The day of the answer is in the future.")
    with audit.acting(by), refusing():
        query.answered_on, query.answer_recorded_by, query.reply = on, by, reply.strip()
        query.save(update_fields=["answered_on", "answer_recorded_by", "reply"])
    audit.record("invoice.query_answered", query.invoice, by=by, at=now, on=str(on))
    return query


def _lock(query_id: int) -> InvoiceQuery:
    """The query with its invoice, if that is still being checked, in the order in which all lock."""
    locks.take(LOCK)
    query = InvoiceQuery.objects.select_for_update(of=("self", "invoice")).select_related("invoice").get(pk=query_id)
    refuse_if(moves.ask_refusal(status=query.invoice.status))
    return query
