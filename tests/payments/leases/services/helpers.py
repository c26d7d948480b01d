"""What the tests of the services share."""

from datetime import UTC, date, datetime
from decimal import Decimal

from payments.leases import services
from tests.factories import PayeeFactory, PropertyFactory

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def start(acts, **terms):
    usual = {"ref": "LS1", "starts_on": date(2026, 4, 15), "ends_on": date(2029, 4, 15), "rent": Decimal("350.00")}
    usual |= {"per": "week", "basis": "days"} | acts | terms
    usual.setdefault("property_id", 0)
    usual["property_id"] = usual["property_id"] or PropertyFactory().pk
    return services.start_lease(payee_id=PayeeFactory().pk, **usual)
