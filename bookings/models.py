"""The rows of every room of this app."""

from bookings.academy.models import AcademyAccount, AcademyFinding
from bookings.clocks.models import Section208Notice
from bookings.households.models import Circumstance, Household, Member
from bookings.occupancy.models import NightsConfirmed, OccupancyList
from bookings.stays.models import Acknowledgement, Booking, BookingRate, LicenceSheet, Void
from bookings.units.models import NightlyCap, Provider, Unit, UnitRate

__all__ = [
    "AcademyAccount",
    "AcademyFinding",
    "Acknowledgement",
    "Booking",
    "BookingRate",
    "Circumstance",
    "Household",
    "LicenceSheet",
    "Member",
    "NightlyCap",
    "NightsConfirmed",
    "OccupancyList",
    "Provider",
    "Section208Notice",
    "Unit",
    "UnitRate",
    "Void",
]
