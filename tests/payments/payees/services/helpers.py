"""What the tests of the services share."""

from datetime import UTC, datetime

from lewisham_ta.models import AuditEvent
from payments.payees import services
from payments.payees.selectors import Account
from tests.factories import LONG_AGO, BankDetailsFactory, UserFactory
from tests.payments.payees.modulus_cases import TABLE

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ACCOUNT = Account("089999", "66374958", "ADA INVENTED")
WRONG = Account("089999", "66374959", "ADA INVENTED")


def load_table():
    services.load_modulus_table(weights=TABLE.rows, substitutes=dict(TABLE.substitutes), by=None, now=LONG_AGO)


def actions():
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def ring(details, number="020 7946 0000", by=None, now=NOW):
    return services.record_call_back(
        details_id=details.pk, seen_number=number, note="Spoke to Ada, confirmed.", by=by or UserFactory(), now=now
    )


def waiting_change(**facts):
    return BankDetailsFactory(waiting=True, is_first=False, **facts)
