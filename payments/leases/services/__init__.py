"""What people do to properties and leases: one function a verb, each in one transaction and one audit event.

`seen` is the version of the record that the person had before them (lewisham_ta.versions); the change is refused when
the record has moved on since. Callers that showed nobody a page leave it empty.
"""

from payments.leases.services.adjustments import NewAdjustment, add_adjustment, add_adjustments, withdraw_adjustment
from payments.leases.services.leases import (
    change_lease,
    change_payee,
    hand_back,
    start_lease,
    undo_hand_back,
    withdraw_payee,
)
from payments.leases.services.properties import add_certificate, add_property, change_certificate, change_property
from payments.leases.services.rents import correct_rent, set_rent, set_rent_cap, withdraw_rent, withdraw_rent_cap
from payments.leases.services.spells import (
    end_suspension,
    hold,
    name_who_must_act,
    release_hold,
    suspend,
    withdraw_hold,
    withdraw_suspension,
)

__all__ = [
    "NewAdjustment",
    "add_adjustment",
    "add_adjustments",
    "add_certificate",
    "add_property",
    "change_certificate",
    "change_lease",
    "change_payee",
    "change_property",
    "correct_rent",
    "end_suspension",
    "hand_back",
    "hold",
    "name_who_must_act",
    "release_hold",
    "set_rent",
    "set_rent_cap",
    "start_lease",
    "suspend",
    "undo_hand_back",
    "withdraw_adjustment",
    "withdraw_hold",
    "withdraw_payee",
    "withdraw_rent",
    "withdraw_rent_cap",
    "withdraw_suspension",
]
