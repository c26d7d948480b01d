"""Leases and properties as they stand on a day, for the lists and for whoever counts them."""

from datetime import date
from decimal import Decimal

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, TextChoices, Value, When

from lewisham_ta.addresses import address_key
from payments.leases.models import Certificate, Hold, Lease, LeasePayee, LeaseRent, Property, Spell, Suspension
from payments.payees.models import Payee


class LeaseState(TextChoices):
    """What a lease is on a day. Rent runs while it is live or holding over."""

    NOT_STARTED = "not_started", "Not started"
    LIVE = "live", "Live"
    HOLDING_OVER = "holding_over", "Holding over"
    ENDED = "ended", "Ended"


IN_FORCE = [LeaseState.LIVE, LeaseState.HOLDING_OVER]


def state_on(day: date) -> Case:
    """The state of a lease on a day: keys end it, its contractual end only makes it hold over."""
    return Case(
        When(starts_on__gt=day, then=Value(LeaseState.NOT_STARTED)),
        When(Q(keys_returned_on__lt=day) | Q(keys_returned_on=day, keys_day_paid=False), then=Value(LeaseState.ENDED)),
        When(ends_on__lte=day, then=Value(LeaseState.HOLDING_OVER)),
        default=Value(LeaseState.LIVE),
        output_field=CharField(choices=LeaseState.choices),
    )


def in_force_on(day: date) -> Q:
    """Leases whose rent runs on a day, suspensions aside."""
    return Q(starts_on__lte=day) & (
        Q(keys_returned_on__isnull=True) | Q(keys_returned_on__gt=day) | Q(keys_returned_on=day, keys_day_paid=True)
    )


def _covers(model: type[Spell], day: date, **like: str) -> Exists:
    rows = model.objects.filter(lease=OuterRef("pk"), starts_on__lte=day, **like)
    return Exists(rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day)))


def leases_on(day: date) -> "QuerySet[Lease]":
    """Every lease with its state, rent and payee on a day, in the order of their references.

    `rent_now` is the rent as recorded; `weekly_rent` and `monthly_rent` are what runs on that day, one or neither.
    """
    rent = LeaseRent.objects.filter(lease=OuterRef("pk"), from_on__lte=day).order_by("-from_on").values("amount")[:1]
    payee = LeasePayee.objects.filter(lease=OuterRef("pk"), from_on__lte=day).order_by("-from_on")
    return (
        Lease.objects.select_related("property")
        .annotate(
            state=state_on(day),
            rent_now=Subquery(rent),
            payee_ref=Subquery(payee.values("payee__party__ref")[:1]),
            payee_name=Subquery(payee.values("payee__party__name")[:1]),
            is_held=_covers(Hold, day),
            is_suspended=_covers(Suspension, day),
        )
        .annotate(
            weekly_rent=Case(When(in_force_on(day), per=Lease.Per.WEEK, then=F("rent_now"))),
            monthly_rent=Case(When(in_force_on(day), per=Lease.Per.MONTH, then=F("rent_now"))),
        )
        .order_by("ref", "pk")
    )


def _like(words: str, ref: str, home: str = "") -> Q:
    """Every word is somewhere in the reference, or in the property's reference, UPRN, address or postcode.

    The address key is looked in too: it has the postcode without its space, and short forms written out.
    """
    condition = Q()
    for word in words.split():
        condition &= (
            Q(**{f"{ref}__icontains": word})
            | Q(**{f"{home}ref__icontains": word})
            | Q(**{f"{home}uprn__startswith": word})
            | Q(**{f"{home}address__icontains": word})
            | Q(**{f"{home}address_key__contains": address_key(word, "")})
        )
    return condition


def leases_like(words: str) -> "QuerySet[Lease]":
    """Leases by reference, or by their property's reference, UPRN, address or postcode."""
    return Lease.objects.filter(_like(words, "ref", "property__")).select_related("property")


def properties_like(words: str) -> "QuerySet[Property]":
    """Properties by reference, UPRN, address or postcode."""
    return Property.objects.filter(_like(words, "ref"))


def leases_found(
    *,
    day: date,
    words: str = "",
    payee: str = "",
    state: str = "",
    ends_before: date | None = None,
    breaks_before: date | None = None,
    only: str = "",
    basis: str = "",
) -> "QuerySet[Lease]":
    """The leases that a filter leaves, as they stand on a day.

    `state` is a LeaseState or "in_force"; `ends_before` leaves leases in force that end by that day or hold over, and
    `breaks_before` those that can be broken by then; `only` is "held", "nobody" (held, and nobody is named who must
    act) or "suspended".
    """
    rows = leases_on(day)
    rows = rows.filter(_like(words, "ref", "property__"))
    if payee:
        rows = rows.filter(Q(payee_ref__iexact=payee) | Q(payee_name__icontains=payee))
    if state == "in_force":
        rows = rows.filter(in_force_on(day))
    elif state:
        rows = rows.filter(state=state)
    if ends_before:
        rows = rows.filter(in_force_on(day), ends_on__lte=ends_before)
    if breaks_before:
        rows = rows.filter(in_force_on(day), break_on__gt=day, break_on__lte=breaks_before)
    if only:
        held_by_nobody = Q(_covers(Hold, day, must_act=""))
        rows = rows.filter({"held": Q(is_held=True), "nobody": held_by_nobody, "suspended": Q(is_suspended=True)}[only])
    return rows.filter(basis=basis) if basis else rows


def rent_totals(rows: "QuerySet[Lease]") -> dict[str, Decimal | None]:
    """The weekly and the monthly rents of the leases found, each added up."""
    sums = rows.order_by().aggregate(weekly=Sum("weekly_rent"), monthly=Sum("monthly_rent"))
    return {"weekly_rent": sums["weekly"], "monthly_rent": sums["monthly"]}


def properties_on(day: date) -> "QuerySet[Property]":
    """Every property with the lease in force and its latest certificates on a day."""
    live = Lease.objects.filter(in_force_on(day), property=OuterRef("pk")).order_by("-starts_on", "-pk")

    def expiry(kind: str) -> Subquery:
        latest = Certificate.objects.filter(property=OuterRef("pk"), kind=kind, issued_on__lte=day)
        return Subquery(latest.order_by("-issued_on").values("expires_on")[:1])

    return Property.objects.annotate(
        lease_ref=Subquery(live.values("ref")[:1]),
        gas_expires_on=expiry(Certificate.Kind.GAS),
        eicr_expires_on=expiry(Certificate.Kind.EICR),
        epc_expires_on=expiry(Certificate.Kind.EPC),
    ).order_by("ref", "pk")


EXPIRY_COLUMNS = {
    Certificate.Kind.GAS: "gas_expires_on",
    Certificate.Kind.EICR: "eicr_expires_on",
    Certificate.Kind.EPC: "epc_expires_on",
}


def properties_found(
    *,
    day: date,
    words: str = "",
    bedrooms: int | None = None,
    lease: str = "",
    certificate: str = "",
    expiring_to: date | None = None,
) -> "QuerySet[Property]":
    """The properties that a filter leaves. `lease` is "with" or "without"; `certificate` is "missing", "expired" or
    "expiring" (in date, up to `expiring_to`)."""
    rows = properties_on(day)
    rows = rows.filter(_like(words, "ref"))
    if bedrooms is not None:
        rows = rows.filter(bedrooms=bedrooms)
    if lease:
        rows = rows.filter(lease_ref__isnull=lease == "without")
    if certificate:
        rows = rows.filter(_certificates(certificate, day, expiring_to))
    return rows


def _certificates(which: str, day: date, expiring_to: date | None) -> Q:
    """Properties with at least one kind of certificate in that state."""
    condition = Q()
    for column in EXPIRY_COLUMNS.values():
        condition |= {
            "missing": Q(**{f"{column}__isnull": True}),
            "expired": Q(**{f"{column}__lt": day}),
            "expiring": Q(**{f"{column}__range": (day, expiring_to or day)}),
        }[which]
    return condition


def ordered_payees() -> "QuerySet[Payee]":
    """Payees for a list to choose from, by name."""
    return Payee.objects.select_related("party").order_by("party__name", "party__ref", "pk")
