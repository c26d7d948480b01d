"""The columns that are compared, sheet by sheet, and how a value of each is said."""

from contacts.models import Party
from lewisham_ta.imports.compare import Field, say_day, say_label, say_last_day, say_yes_no
from lewisham_ta.templatetags import ta
from payments.leases.models import Lease

LANDLORD = [
    Field("name", "Name"),
    Field("kind", "Payee type", say_label(Party.Kind)),
    Field("email", "Email", keeps=True),
    Field("telephone", "Telephone", keeps=True),
    Field("address", "Address", keeps=True),
    Field("vat_number", "VAT No", keeps=True),
    Field("supplier_number", "Supplier No", keeps=True, is_ref=True),
    Field("is_overseas", "Overseas", say_yes_no, keeps=True, blank=None),
    Field("nrl_approval_ref", "NRL approval ref", keeps=True),
]
PROPERTY = [
    Field("uprn", "UPRN", keeps=True),
    Field("address", "Address"),
    Field("postcode", "Postcode"),
    Field("bedrooms", "Bedrooms"),
    Field("kind", "Type", keeps=True),
]
LEASE = [
    Field("property", "Property Ref", is_ref=True),
    Field("starts_on", "Start", say_day),
    Field("ends_on", "End", say_last_day),
    Field("keys_returned_on", "Keys returned", say_day),
    Field("keys_day_paid", "Keys day paid", say_yes_no),
    Field("rent", "Rent", ta.pounds),
    Field("per", "Per", say_label(Lease.Per)),
    Field("basis", "Basis", say_label(Lease.Basis)),
    Field("cost_code", "Cost code", keeps=True),
]
RENT_CHANGE = [Field("amount", "New rent", ta.pounds), Field("reason", "Reason", keeps=True)]
SPELL = [Field("ends_on", "To", say_last_day), Field("reason", "Reason", keeps=True)]
CERTIFICATE = [Field("expires_on", "Expires", say_day)]
