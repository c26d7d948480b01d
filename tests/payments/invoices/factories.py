"""Invoices for tests, loaded as an officer loads them: seven nights from 3 March 2026 at £60.00, if nothing is said."""

from datetime import UTC, date, datetime
from decimal import Decimal

from bookings.models import AcademyAccount
from payments.invoices import services
from payments.invoices.rules.billing import LineAsBilled
from payments.models import Invoice, Payee
from tests.factories import (
    AcademyAccountFactory,
    BankDetailsFactory,
    BookingFactory,
    ProviderFactory,
    UnitFactory,
    UserFactory,
)

NOW = datetime(2026, 4, 10, 9, 0, tzinfo=UTC)
RECEIVED = date(2026, 4, 3)
THIRD, TENTH = date(2026, 3, 3), date(2026, 3, 10)


def provider(**facts):
    """A provider with approved bank details."""
    made = ProviderFactory(**facts)
    payee = Payee.objects.create(party=made.party, supplier_number=made.supplier_number)
    BankDetailsFactory(payee=payee)
    return made


def booking(of=None, **facts):
    """A booking whose household has a live Academy account."""
    unit = facts.pop("unit", None) or UnitFactory(provider=of or provider())
    made = BookingFactory(unit=unit, **facts)
    if made.academy_ref and not AcademyAccount.objects.filter(claim_ref=made.academy_ref).exists():
        AcademyAccountFactory(claim_ref=made.academy_ref)
    return made


def billed(of=None, number=1, **facts):
    """A line that agrees with a booking, but for what is said."""
    starts_on = facts.pop("starts_on", of.starts_on if of else THIRD)
    ends_on = facts.pop("ends_on", (of.ends_on if of else None) or TENTH)
    nights = facts.pop("nights", (ends_on - starts_on).days)
    rate = facts.pop("rate", Decimal("60.00"))
    given = {"ref": of.ref if of else "", "name": "", "unit": "", "address": "", "net": rate * nights} | facts
    return LineAsBilled(number=number, starts_on=starts_on, ends_on=ends_on, stated_nights=nights, rate=rate, **given)


def load(of, *lines, number="INV-1", by=None, now=NOW, **facts) -> Invoice:
    """An invoice of a provider, loaded and checked."""
    rows = [line._replace(number=place) for place, line in enumerate(lines, 1)]
    content = facts.pop("file", ("invoice.csv", number.encode()))
    return services.load_invoice(
        provider=of,
        number=number,
        received_on=facts.pop("received_on", RECEIVED),
        lines=rows,
        file=content,
        by=by or UserFactory(),
        now=now,
        **facts,
    ).invoice


def decide(invoice, decision, *numbers, reason="", by, now=NOW):
    """Decide lines by their numbers, or all that are undecided."""
    lines = invoice.lines.filter(number__in=numbers) if numbers else invoice.lines.filter(decision="undecided")
    return services.decide(
        invoice_id=invoice.pk,
        line_ids=list(lines.values_list("pk", flat=True)),
        decision=decision,
        reason=reason,
        seen_version=Invoice.objects.get(pk=invoice.pk).version,
        by=by,
        now=now,
    )


def do(verb, invoice, *, by, now=NOW, **facts):
    """Call a service of an invoice as it is now."""
    version = Invoice.objects.get(pk=invoice.pk).version
    return verb(invoice_id=invoice.pk, seen_version=version, by=by, now=now, **facts)


def approved(invoice, *, officer, leader, now=NOW):
    do(services.submit, invoice, by=officer, now=now)
    return do(services.approve, invoice, by=leader, now=now)


def queried(*, by=None, now=NOW):
    """A query about the one line of an invoice, on its way by e-mail."""
    by = by or UserFactory()
    stay = booking(provider(party__email="accounts@example.org"))
    invoice = load(stay.unit.provider, billed(stay, rate=Decimal("65.00")), by=by, now=now)
    decide(invoice, "query", reason="Which rate was agreed?", by=by, now=now)
    return do(services.send_query, invoice, text="", by=by, now=now)
