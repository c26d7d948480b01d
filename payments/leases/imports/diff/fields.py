"""The columns that are compared, sheet by sheet, and how a value of each is said."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from contacts.models import Party
from lewisham_ta.dates import last_day
from lewisham_ta.imports.table import Row
from lewisham_ta.templatetags import ta
from payments.leases.models import Lease


class Field(NamedTuple):
    """A column of the register and of the records. `keeps`: a blank cell says nothing and the record stays."""

    name: str
    column: str
    say: Callable[[Any], str] = str
    keeps: bool = False
    blank: Any = ""


def day_of(value: date | None) -> str:
    return ta.day(value) if value else ""


def last_day_of(value: date | None) -> str:
    return day_of(last_day(value))


def yes_no(value: bool | None) -> str:
    return "" if value is None else "Y" if value else "N"


def label(choices: Any) -> Callable[[str], str]:
    return lambda value: str(dict(choices.choices)[value])


LANDLORD = [
    Field("name", "Name"),
    Field("kind", "Payee type", label(Party.Kind)),
    Field("email", "Email", keeps=True),
    Field("telephone", "Telephone", keeps=True),
    Field("address", "Address", keeps=True),
    Field("vat_number", "VAT No", keeps=True),
    Field("supplier_number", "Supplier No", keeps=True),
    Field("is_overseas", "Overseas", yes_no, keeps=True, blank=None),
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
    Field("property", "Property Ref"),
    Field("starts_on", "Start", day_of),
    Field("ends_on", "End", last_day_of),
    Field("keys_returned_on", "Keys returned", day_of),
    Field("keys_day_paid", "Keys day paid", yes_no),
    Field("rent", "Rent", ta.pounds),
    Field("per", "Per", label(Lease.Per)),
    Field("basis", "Basis", label(Lease.Basis)),
    Field("cost_code", "Cost code", keeps=True),
]
RENT_CHANGE = [Field("amount", "New rent", ta.pounds), Field("reason", "Reason", keeps=True)]
SPELL = [Field("ends_on", "To", last_day_of), Field("reason", "Reason", keeps=True)]
CERTIFICATE = [Field("expires_on", "Expires", day_of)]
# Columns whose loss of leading zeros is no change: the record keeps the longer spelling.
REFERENCES = {"property", "supplier_number"}


def value(row: Row, one: Field) -> Any:
    cell = row.get(one.column)
    return one.blank if cell is None and one.keeps else cell


def said(one: Field, value: Any) -> str:
    return "" if value is None or value == "" else one.say(value)
