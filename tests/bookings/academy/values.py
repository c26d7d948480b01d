"""Bookings and accounts as values, for the rules."""

from datetime import date
from decimal import Decimal

from bookings.academy.rules.sides import Account, Stay

TODAY = date(2026, 11, 1)


def stay(**fields):
    """A live booking since 3 October whose Academy reference is A1."""
    pk = fields.pop("pk", 1)
    usual = {
        "pk": pk,
        "ref": f"B{pk}",
        "claim": "A1",
        "claim_ref": fields.get("claim", "A1"),
        "household": pk,
        "household_ref": f"H{fields.get('household', pk)}",
        "service": "homeless",
        "surname": "Invented",
        "forename": "Ada",
        "born_on": date(1980, 1, 1),
        "ni_number": "",
        "is_confidential": False,
        "starts_on": date(2026, 10, 3),
        "ends_on": None,
        "status": "booked",
        "is_split": False,
        "split_reason": "",
        "address": "1 Invented Walk",
        "postcode": "SE6 9ZZ",
        "size": "2",
    }
    return Stay(**usual | fields)


def account(**fields):
    """A live account A1 that agrees with `stay()`."""
    pk = fields.pop("pk", 1)
    claim = fields.get("claim", f"A{pk}")
    usual = {
        "pk": pk,
        "ref": claim,
        "claim": claim,
        "surname": "Invented",
        "forename": "Ada",
        "born_on": date(1980, 1, 1),
        "ni_number": "",
        "address": "1 Invented Walk",
        "postcode": "SE6 9ZZ",
        "starts_on": date(2026, 10, 3),
        "ends_on": None,
        "weekly_rent": Decimal("298.15"),
        "weekly_benefit": Decimal("271.40"),
        "status": "live",
        "is_gone": False,
    }
    return Account(**usual | fields)
