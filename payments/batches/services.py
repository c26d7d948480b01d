"""Payments raised, batched, sent, answered. Every function is one verb, atomic, and leaves who did it and when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.money import ZERO
from lewisham_ta.refusals import Refused, refusing
from payments.batches.models import Payment
from payments.batches.rules import Advice, coding_refusal
from payments.payees.models import BankDetails, Payee


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """What a source hands over for one payee. `coding` is pounds by expenditure code and adds up to `net`."""

    payee: Payee
    bank_details: BankDetails
    source: str
    description: str
    reference: str
    net: Decimal
    coding: Mapping[str, Decimal]
    advice: Advice
    due_on: date
    prepared_by: User
    approved_by: User
    vat: Decimal = ZERO


@transaction.atomic
def raise_payments(rows: Iterable[PaymentRow], *, now: datetime) -> list[Payment]:
    """Make approved amounts payable, all or none, in the order given. `approved_by` approves by this call."""
    payments = []
    for row in rows:
        if reason := coding_refusal(coding=row.coding, net=row.net):
            raise Refused(reason)
        payments.append(
            Payment(
                payee=row.payee,
                bank_details=row.bank_details,
                source=row.source,
                description=row.description,
                reference=row.reference,
                net=row.net,
                vat=row.vat,
                coding={code: str(amount) for code, amount in row.coding.items()},
                advice=row.advice.to_json(),
                due_on=row.due_on,
                prepared_by=row.prepared_by,
                approved_by=row.approved_by,
                approved_at=now,
            )
        )
    if not payments:
        return []
    with audit.acting(payments[0].approved_by), refusing():
        return Payment.objects.bulk_create(payments)


def raise_payment(
    *,
    payee: Payee,
    bank_details: BankDetails,
    source: str,
    description: str,
    reference: str,
    net: Decimal,
    vat: Decimal,
    coding: Mapping[str, Decimal],
    advice: Advice,
    due_on: date,
    prepared_by: User,
    approved_by: User,
    now: datetime,
) -> Payment:
    """Make one approved amount payable."""
    row = PaymentRow(
        payee=payee,
        bank_details=bank_details,
        source=source,
        description=description,
        reference=reference,
        net=net,
        vat=vat,
        coding=coding,
        advice=advice,
        due_on=due_on,
        prepared_by=prepared_by,
        approved_by=approved_by,
    )
    return raise_payments([row], now=now)[0]
