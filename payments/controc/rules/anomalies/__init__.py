"""What is odd about a lease or a payee in a schedule (design 4.4): one small function a code, in plain words.

Words and figures hold what makes an anomaly the one that it is: a decision is kept for as long as they stay the same.
"""

from payments.controc.rules.anomalies.holding import keeps_held, standing
from payments.controc.rules.anomalies.leases import of_lease, on_hold
from payments.controc.rules.anomalies.payees import negative_net, of_payee
from payments.controc.rules.anomalies.values import (
    CHECK,
    NOTE,
    SEVERITY,
    STOP,
    Cap,
    Finding,
    Hold,
    LeaseInMonth,
    PayeeInMonth,
    Scale,
    Twin,
)

__all__ = [
    "CHECK",
    "NOTE",
    "SEVERITY",
    "STOP",
    "Cap",
    "Finding",
    "Hold",
    "LeaseInMonth",
    "PayeeInMonth",
    "Scale",
    "Twin",
    "keeps_held",
    "negative_net",
    "of_lease",
    "of_payee",
    "on_hold",
    "standing",
]
