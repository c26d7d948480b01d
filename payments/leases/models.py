"""Properties, the leases on them, and everything that decides what a day of a lease costs."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import DateField, F, Func, Q

from lewisham_ta.models import User, tracked
from lewisham_ta.ranges import Days
from payments.payees.models import Payee


class DaysHeld(Func):
    """The days on which a lease holds its property, which no other lease of the property may share.

    To the keys (that day included when it is paid) or, while they are out, to the contractual end. A lease that holds
    over beside its successor is an anomaly, DUPLICATE_PROPERTY, and not an impossibility.
    """

    template = "daterange(starts_on, COALESCE(keys_returned_on + keys_day_paid::int, ends_on))"

    def __init__(self) -> None:
        super().__init__(output_field=DateField())


@tracked()
class Property(models.Model):
    """A dwelling. `address_key` is the normalised address by which the same dwelling under two refs is found."""

    ref = models.CharField("reference", max_length=20, unique=True)
    uprn = models.CharField("UPRN", max_length=12, blank=True)
    address = models.CharField(max_length=200)
    postcode = models.CharField(max_length=8)
    bedrooms = models.PositiveSmallIntegerField()
    kind = models.CharField("type", max_length=30, blank=True)
    address_key = models.CharField(max_length=220, db_index=True)

    class Meta:
        verbose_name_plural = "properties"
        permissions = [
            ("see_records", "See payees, properties and leases"),
            ("manage_leases", "Add and change properties and leases"),
        ]
        constraints = [
            models.CheckConstraint(
                name="property_uprn_is_digits",
                condition=Q(uprn="") | Q(uprn__regex=r"^[0-9]{1,12}$"),
                violation_error_message="A UPRN has up to twelve digits.",
            ),
            models.CheckConstraint(name="property_has_ref_and_address", condition=~Q(ref="") & ~Q(address="")),
        ]
        indexes = [models.Index(fields=["uprn"], condition=~Q(uprn=""), name="property_uprn")]

    def __str__(self) -> str:
        return f"{self.ref} {self.address}"


@tracked()
class Lease(models.Model):
    """The council's lease of a property. `ends_on` is the day after the contractual last day; rent runs to the keys."""

    class Per(models.TextChoices):
        WEEK = "week", "Week"
        MONTH = "month", "Month"

    class Basis(models.TextChoices):
        DAYS = "days", "Days"
        WEEKS_52 = "52/12", "52/12"
        DAYS_365 = "365/84", "365/84"
        MONTH = "month", "Month"

    ref = models.CharField("reference", max_length=20, unique=True)
    property = models.ForeignKey(Property, models.PROTECT, related_name="leases")
    starts_on = models.DateField("first day")
    ends_on = models.DateField("day after the last day", null=True)
    keys_returned_on = models.DateField("keys returned", null=True)
    keys_day_paid = models.BooleanField("day of the keys is paid", default=True)
    per = models.CharField("rent is per", max_length=5, choices=Per)
    basis = models.CharField(max_length=6, choices=Basis)
    cost_code = models.CharField("expenditure code", max_length=30, blank=True)
    break_on = models.DateField("break date", null=True)
    notice_given_on = models.DateField("notice given", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="lease_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                violation_error_message="The lease must end after it starts.",
            ),
            models.CheckConstraint(
                name="lease_keys_after_start",
                condition=Q(keys_returned_on__isnull=True) | Q(keys_returned_on__gte=F("starts_on")),
                violation_error_message="The keys cannot be returned before the lease starts.",
            ),
            models.CheckConstraint(
                name="lease_basis_fits_rent",
                condition=Q(per="week", basis__in=["days", "52/12", "365/84"]) | Q(per="month", basis="month"),
                violation_error_message=(
                    "A weekly rent is paid by Days, 52/12 or 365/84, and a monthly rent by Month."
                ),
            ),
            ExclusionConstraint(
                name="lease_property_held_once",
                expressions=[("property", RangeOperators.EQUAL), (DaysHeld(), RangeOperators.OVERLAPS)],
                violation_error_message="Another lease holds this property on some of these days.",
            ),
        ]
        indexes = [models.Index(fields=["starts_on", "keys_returned_on"], name="lease_dates")]

    def __str__(self) -> str:
        return self.ref


@tracked()
class LeasePayee(models.Model):
    """Who is paid for a lease from a day on: the landlord, a new owner, an agent."""

    lease = models.ForeignKey(Lease, models.PROTECT, related_name="payees")
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="leases")
    from_on = models.DateField("from")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lease", "from_on"],
                name="lease_has_one_payee_a_day",
                violation_error_message="The payee of this lease already changes on that day.",
            )
        ]

    def __str__(self) -> str:
        return f"payee from {self.from_on}"


@tracked()
class LeaseRent(models.Model):
    """The rent of a lease from a day on, in pounds per week or month as the lease says."""

    lease = models.ForeignKey(Lease, models.PROTECT, related_name="rents")
    from_on = models.DateField("from")
    amount = models.DecimalField(max_digits=7, decimal_places=2)
    reason = models.CharField(max_length=200, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="rent_not_below_zero",
                condition=Q(amount__gte=0),
                violation_error_message="A rent cannot be below zero.",
            ),
            models.UniqueConstraint(
                fields=["lease", "from_on"],
                name="lease_has_one_rent_a_day",
                violation_error_message="The rent of this lease already changes on that day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} from {self.from_on}"


class Spell(models.Model):
    """A half-open run of days of a lease, with a reason. No end means until further notice."""

    starts_on = models.DateField("first day")
    ends_on = models.DateField("day after the last day", null=True)
    reason = models.CharField(max_length=200)

    class Meta:
        abstract = True


@tracked()
class Suspension(Spell):
    """Days for which no rent is due."""

    lease = models.ForeignKey(Lease, models.PROTECT, related_name="suspensions")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="suspension_has_a_day",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                violation_error_message="The last day of a suspension cannot be before its first day.",
            ),
            ExclusionConstraint(
                name="suspension_day_once",
                expressions=[("lease", RangeOperators.EQUAL), (Days("starts_on", "ends_on"), RangeOperators.OVERLAPS)],
                violation_error_message="Another suspension of this lease covers some of these days.",
            ),
        ]

    def __str__(self) -> str:
        return f"suspension from {self.starts_on}"


@tracked()
class Hold(Spell):
    """Days on which a lease's rent is worked out but not paid: the money waits for somebody to act."""

    lease = models.ForeignKey(Lease, models.PROTECT, related_name="holds")
    must_act = models.CharField("who must act", max_length=100, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="hold_has_a_day",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                violation_error_message="The last day of a hold cannot be before its first day.",
            ),
            ExclusionConstraint(
                name="hold_day_once",
                expressions=[("lease", RangeOperators.EQUAL), (Days("starts_on", "ends_on"), RangeOperators.OVERLAPS)],
                violation_error_message="Another hold of this lease covers some of these days.",
            ),
        ]

    def __str__(self) -> str:
        return f"hold from {self.starts_on}"


@tracked()
class Adjustment(models.Model):
    """Money taken off (recharge) or added (credit) for a lease in one month's schedule.

    One that was withdrawn is not paid. Its row stays: a draft schedule may still show it, and a later load of the
    register that still has it must not add it again.
    """

    class Kind(models.TextChoices):
        RECHARGE = "recharge", "Recharge"
        CREDIT = "credit", "Credit"

    lease = models.ForeignKey(Lease, models.PROTECT, related_name="adjustments")
    month = models.DateField("month (its first day)")
    kind = models.CharField(max_length=8, choices=Kind)
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    narrative = models.CharField(max_length=200)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="adjustment_month_is_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="adjustment_above_zero",
                condition=Q(amount__gt=0),
                violation_error_message="An adjustment is above zero; its type says whether it is taken off or added.",
            ),
            models.CheckConstraint(name="adjustment_kind_is_known", condition=Q(kind__in=["recharge", "credit"])),
        ]
        indexes = [models.Index(fields=["month"], name="adjustment_month")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


@tracked()
class Certificate(models.Model):
    """A safety or energy certificate of a property. `expires_on` is its last day."""

    class Kind(models.TextChoices):
        GAS = "gas", "Gas safety"
        EICR = "eicr", "EICR"
        EPC = "epc", "EPC"

    property = models.ForeignKey(Property, models.PROTECT, related_name="certificates")
    kind = models.CharField(max_length=4, choices=Kind)
    issued_on = models.DateField("issued")
    expires_on = models.DateField("expires")

    class Meta:
        constraints = [
            models.CheckConstraint(name="certificate_kind_is_known", condition=Q(kind__in=["gas", "eicr", "epc"])),
            models.CheckConstraint(
                name="certificate_expires_after_issue",
                condition=Q(expires_on__gt=F("issued_on")),
                violation_error_message="A certificate must expire after it was issued.",
            ),
            models.UniqueConstraint(
                fields=["property", "kind", "issued_on"],
                name="certificate_once",
                violation_error_message="This certificate is already recorded.",
            ),
        ]
        indexes = [models.Index(fields=["expires_on"], name="certificate_expiry")]

    def __str__(self) -> str:
        return f"{self.kind} issued {self.issued_on}"


@tracked()
class RentCap(models.Model):
    """The highest weekly rent for a size of dwelling from a day on. No cap is checked where none is loaded."""

    bedrooms = models.PositiveSmallIntegerField()
    from_on = models.DateField("from")
    weekly_amount = models.DecimalField(max_digits=7, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bedrooms", "from_on"],
                name="rent_cap_once_a_day",
                violation_error_message="The cap for this size already changes on that day.",
            ),
            models.CheckConstraint(
                name="rent_cap_above_zero",
                condition=Q(weekly_amount__gt=0),
                violation_error_message="A cap is above zero. Where there is no cap, none is loaded.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bedrooms} bedrooms from {self.from_on}"
