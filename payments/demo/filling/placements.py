"""What the team recorded beside the sheet: boroughs and sleeps, caps and who approved above them, voids, notices."""

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Max
from django.utils.timezone import localdate

from bookings.clocks import services as clocks
from bookings.models import Booking, Provider, Unit
from bookings.stays import selectors
from bookings.stays import services as stays
from bookings.units import services as units
from lewisham_ta import dated
from lewisham_ta.dates import first_of_month
from payments.demo.filling.common import Team
from payments.demo.moments import Moments
from payments.demo.night_files import CHARGES

AWAY = {"DA1": "Dartford"}  # postcode district of the invented units that are out of the borough → the council
UNKNOWN = 12  # one unit in so many: nobody recorded its borough yet
CAPS = {"studio": Decimal("71.00"), "family": Decimal("83.00"), "2": Decimal("96.00")}
NOT_APPROVED, NOT_TOLD, SPLIT = 2, 3, 2
VOIDS = (("council", "Kept for a family of five"), ("provider", "Damp is treated"), ("council", "Between two lettings"))


def record_placements(team: Team, moments: Moments) -> None:
    today = localdate(moments.ago())
    _providers(team, moments)
    _units(team, moments)
    _charges(team, moments, today)
    _caps(team, moments, today)
    _notices(team, moments, today)
    _voids(team, moments, today)
    _split(team, moments, today)


def _providers(team: Team, moments: Moments) -> None:
    """Where queries and advices are sent: an invented domain, which no mail can reach."""
    for provider in Provider.objects.select_related("party").order_by("pk"):
        party = provider.party
        units.change_provider(
            provider_id=provider.pk,
            name=party.name,
            vat=provider.vat,
            vat_number=party.vat_number,
            supplier_number=provider.supplier_number,
            email=f"accounts@{party.ref.lower()}.example.org",
            telephone=f"020 7946 0{provider.pk % 1000:03d}",
            address=party.address,
            terms=provider.terms,
            by=team.officer2,
            now=moments.ago(hours=5),
        )


def _units(team: Team, moments: Moments) -> None:
    for number, unit in enumerate(Unit.objects.order_by("pk")):
        if number % UNKNOWN == 0:
            continue
        units.change_unit(
            unit_id=unit.pk,
            address=unit.address,
            postcode=unit.postcode,
            size=unit.size,
            is_self_contained=unit.is_self_contained,
            is_bed_and_breakfast=unit.is_bed_and_breakfast,
            sleeps=3 + number % 3 if unit.size == "family" else None,
            district=AWAY.get(unit.postcode.split()[0], "Lewisham"),
            brma=unit.brma,
            features=unit.features,
            grade=unit.grade,
            grade_expires_on=unit.grade_expires_on,
            closed_on=unit.closed_on,
            by=team.officer2,
            now=moments.ago(hours=5),
        )


def _charges(team: Team, moments: Moments, today: date) -> None:
    """The weekly charges that Academy should have."""
    sizes = {label: size for size, label in Unit._meta.get_field("size").choices}
    for label, (charge, _) in CHARGES.items():
        dated.set_value(
            name=f"weekly_charge_{sizes[label]}",
            value=charge,
            from_on=today,
            reason="Charges of this year.",
            by=team.manager,
            now=moments.ago(hours=5),
        )


def _caps(team: Team, moments: Moments, today: date) -> None:
    """Caps of this month, and the bookings above them that the leader approved, but for the latest."""
    for size, amount in CAPS.items():
        units.set_nightly_cap(
            size=size,
            area="",
            from_on=first_of_month(today),
            amount=amount,
            by=team.manager,
            now=moments.ago(hours=5),
        )
    above = Booking.objects.filter(selectors.over_cap(), status=Booking.Status.BOOKED).order_by("-starts_on", "pk")
    for booking in above[NOT_APPROVED:]:
        stays.approve_over_cap(
            booking_id=booking.pk,
            reason="Nothing else was free that night.",
            by=team.leader,
            now=moments.ago(hours=4, minutes=30),
        )


def _notices(team: Team, moments: Moments, today: date) -> None:
    """The other councils were told of all placements in their areas but the latest, whose clocks run."""
    away = Booking.objects.filter(selectors.occupied_on(today), service="homeless", unit__district__in=AWAY.values())
    for booking in away.select_related("unit").order_by("-starts_on", "pk")[NOT_TOLD:]:
        clocks.record_notice(
            booking_id=booking.pk,
            council=booking.unit.district,
            sent_on=min(booking.starts_on + timedelta(days=9), today),
            by=team.officer2,
            now=moments.ago(hours=4),
        )


def _voids(team: Team, moments: Moments, today: date) -> None:
    """Units that stand empty and are kept for us, since the household before left."""
    for (paid_by, reason), unit in zip(VOIDS, _empty(today), strict=False):
        slept = Booking.objects.filter(unit=unit, status=Booking.Status.BOOKED).aggregate(left_on=Max("ends_on"))
        stays.record_void(
            unit_id=unit.pk,
            starts_on=slept["left_on"] or today,
            ends_on=None,
            reason=reason,
            paid_by=paid_by,
            by=team.officer,
            now=moments.ago(hours=3),
        )


def _split(team: Team, moments: Moments, today: date) -> None:
    """Large families of which a part sleeps elsewhere, in a unit that was free."""
    large = Booking.objects.filter(selectors.occupied_on(today), household__children__gte=3, is_split=False)
    for booking, unit in zip(large.order_by("pk")[:SPLIT], _empty(today), strict=False):
        stays.book_in(
            household_id=booking.household_id,
            unit_id=unit.pk,
            starts_on=today,
            ends_on=today + timedelta(days=14),
            authorised_by="Duty manager",
            split_reason="Too many for one home: the eldest and an aunt are next door.",
            cap_approver_id=team.leader.pk,
            cap_reason="Nothing else was free that night.",
            warned=True,
            by=team.officer,
            now=moments.ago(hours=3),
        )


def _empty(today: date) -> list[Unit]:
    """Units that are free from today on and not kept for us."""
    return list(selectors.free_units(starts_on=today, ends_on=None).filter(is_void=False).order_by("pk"))
