"""The rows of every room of this app."""

from payments.batches.models import Batch, BatchItem, Payment, PaymentStop, Remittance
from payments.controc.models import Anomaly, Deputy, PayeeTotal, Release, Schedule, ScheduleLine
from payments.leases.models import (
    Adjustment,
    Certificate,
    Hold,
    Lease,
    LeasePayee,
    LeaseRent,
    Property,
    RentCap,
    Suspension,
)
from payments.payees.models import BankDetails, ModulusLoad, ModulusWeight, Payee, SortCodeSubstitution

__all__ = [
    "Adjustment",
    "Anomaly",
    "BankDetails",
    "Batch",
    "BatchItem",
    "Certificate",
    "Deputy",
    "Hold",
    "Lease",
    "LeasePayee",
    "LeaseRent",
    "ModulusLoad",
    "ModulusWeight",
    "Payee",
    "PayeeTotal",
    "Payment",
    "PaymentStop",
    "Property",
    "Release",
    "Remittance",
    "RentCap",
    "Schedule",
    "ScheduleLine",
    "SortCodeSubstitution",
    "Suspension",
]
