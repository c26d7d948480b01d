"""Payments for tests: approved by another person, ready to go out."""

from datetime import UTC, date, datetime
from decimal import Decimal

import factory

from lewisham_ta import files
from payments.batches import services
from payments.batches.models import Batch, Payment, Remittance
from payments.batches.rules import Advice, AdviceLine, AdvicePayee, AdviceTotals
from tests.factories import BankDetailsFactory, UserFactory

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)


def advice(net: Decimal, *lines: AdviceLine, payee: AdvicePayee | None = None, **totals: Decimal) -> Advice:
    """An advice of one whole month's rent that comes to `net`, or of the lines given."""
    line = AdviceLine(
        property="P00001",
        address="1 Invented Street SE6 9ZZ",
        lease="LS00001",
        kind="rent",
        amount=net,
        for_month=OCTOBER,
        from_on=OCTOBER,
        to_on=date(2026, 10, 31),
        days=31,
        rent=Decimal("350.00"),
        per="week",
        basis="days",
    )
    return Advice(
        title="Rent for October 2026",
        payee=payee or AdvicePayee("L0001", "Invented Landlord"),
        totals=AdviceTotals(**{"rent": net, "net": net} | totals),
        lines=lines or (line,),
    )


class PaymentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Payment

    bank_details = factory.SubFactory(BankDetailsFactory)
    payee = factory.SelfAttribute("bank_details.payee")
    source = "CONTROC 2026-10"
    description = "Rent for October 2026"
    reference = factory.Sequence(lambda n: f"LBL PSL 1026 F{n:04d}")
    net = Decimal("1550.00")
    coding = factory.LazyAttribute(lambda row: {"H4410-5520": str(row.net)})
    advice = factory.LazyAttribute(
        lambda row: advice(row.net, payee=AdvicePayee(row.payee.party.ref, row.payee.party.name)).to_json()
    )
    due_on = date(2026, 10, 31)
    prepared_by = factory.SubFactory(UserFactory)
    approved_by = factory.SubFactory(UserFactory)
    approved_at = NOW


def open_batch(*payments: Payment) -> Batch:
    """An open batch of the payments, or of one new one."""
    chosen = [payment.pk for payment in payments or [PaymentFactory()]]
    return services.make_batch(payment_ids=chosen, by=UserFactory(), now=NOW)


def sent_batch(*payments: Payment, now: datetime = NOW) -> Batch:
    batch = open_batch(*payments)
    return services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=batch.made_by, now=now)


def printed_batch() -> Batch:
    """A sent batch with a print file, which is no PDF: making one takes seconds."""
    batch = sent_batch()
    batch.advice_print_file = files.store("Remittances to print.pdf", b"%PDF", files.PDF, None, NOW)
    batch.save(update_fields=["advice_print_file"])
    return batch


def a_remittance(**but: object) -> Remittance:
    batch = sent_batch()
    stored = files.store("Remittance.pdf", b"%PDF", files.PDF, None, NOW)
    return Remittance.objects.create(**{"batch": batch, "payee": batch.items.get().payment.payee, "file": stored} | but)
