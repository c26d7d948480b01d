"""What the pages and reports of this room ask of properties, leases and what hangs on them."""

from payments.leases.selectors.adjustments import (
    CheckedRow,
    adjustments_of_month,
    adjustments_total,
    checked_adjustments,
)
from payments.leases.selectors.certificates import (
    CertificateLine,
    certificate_counts,
    certificate_lines,
    certificates_found,
    reminders,
)
from payments.leases.selectors.lists import (
    EXPIRY_COLUMNS,
    IN_FORCE,
    LeaseState,
    leases_found,
    leases_like,
    leases_on,
    ordered_payees,
    properties_found,
    properties_like,
    properties_on,
    rent_totals,
)
from payments.leases.selectors.records import caps_in_force, latest_certificates, rent_caps, same_dwelling
from payments.leases.selectors.timeline import Event, property_timeline
from payments.leases.selectors.waiting import holds_on, lease_reminders, open_holds

__all__ = [
    "EXPIRY_COLUMNS",
    "IN_FORCE",
    "CertificateLine",
    "CheckedRow",
    "Event",
    "LeaseState",
    "adjustments_of_month",
    "adjustments_total",
    "caps_in_force",
    "certificate_counts",
    "certificate_lines",
    "certificates_found",
    "checked_adjustments",
    "holds_on",
    "latest_certificates",
    "lease_reminders",
    "leases_found",
    "leases_like",
    "leases_on",
    "open_holds",
    "ordered_payees",
    "properties_found",
    "properties_like",
    "properties_on",
    "property_timeline",
    "reminders",
    "rent_caps",
    "rent_totals",
    "same_dwelling",
]
