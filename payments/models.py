"""The rows of every room of this app."""

from payments.batches.models import Batch, BatchItem, Payment, PaymentStop, Remittance
from payments.controc.models import Anomaly, Deputy, PayeeTotal, Release, Schedule, ScheduleLine
from payments.invoices.emails.models import ProviderEmail
from payments.invoices.models import (
    Invoice,
    InvoiceLayout,
    InvoiceLine,
    InvoiceQuery,
    LineOverpayment,
    NightClaim,
)
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
from payments.overpayments.models import OverpaymentCase, OverpaymentLine
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
    "Invoice",
    "InvoiceLayout",
    "InvoiceLine",
    "InvoiceQuery",
    "Lease",
    "LeasePayee",
    "LeaseRent",
    "LineOverpayment",
    "ModulusLoad",
    "ModulusWeight",
    "NightClaim",
    "OverpaymentCase",
    "OverpaymentLine",
    "Payee",
    "PayeeTotal",
    "Payment",
    "PaymentStop",
    "Property",
    "ProviderEmail",
    "Release",
    "Remittance",
    "RentCap",
    "Schedule",
    "ScheduleLine",
    "SortCodeSubstitution",
    "Suspension",
]
