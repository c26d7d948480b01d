"""Overpayments for tests."""

from datetime import UTC, date, datetime
from decimal import Decimal

from payments.models import OverpaymentCase
from payments.overpayments import services
from payments.overpayments.services import Overpaid
from tests.factories import PayeeFactory

NOW = datetime(2026, 4, 10, 9, 0, tzinfo=UTC)
LINE = Overpaid("2 nights", "shortened", date(2026, 3, 8), date(2026, 3, 10), 2, Decimal("120.00"), Decimal("24.00"))


def a_case(*lines, **facts) -> OverpaymentCase:
    """A case of £144.00 that the product found by itself."""
    rows = services.open_case(payee=facts.pop("payee", None) or PayeeFactory(), lines=lines or [LINE], by=None, now=NOW)
    return rows[0].case
