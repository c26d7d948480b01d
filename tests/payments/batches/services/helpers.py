"""What the tests of the services share."""

from payments.batches import services
from tests.payments.batches.factories import NOW, PaymentFactory


def in_batch(officer, count=2, **but):
    """An open batch of new payments."""
    payments = [PaymentFactory(**but) for _ in range(count)]
    return services.make_batch(payment_ids=[payment.pk for payment in payments], by=officer, now=NOW), payments


def sent(officer, count=2, **but):
    batch, payments = in_batch(officer, count, **but)
    return services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW), payments
