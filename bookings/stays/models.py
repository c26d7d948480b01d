"""Who sleeps where on which night, at what rate, and what they were told about it."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from bookings.households.models import Household, Service
from bookings.units.models import Unit
from lewisham_ta.models import StoredFile, User, all_or_none, tracked
from lewisham_ta.ranges import Days


@tracked()
class Booking(models.Model):
    """Nights of one household in one unit: from the first night to the morning of departure, open while nobody knows.

    `is_split` says that the household is knowingly in two places, with a reason. `departed_at` says that the end is a
    fact and no longer an intention; one that only the nightly sheet said may be changed by a later sheet.
    """

    class Status(models.TextChoices):
        BOOKED = "booked", "Booked"
        CANCELLED = "cancelled", "Cancelled"
        NO_SHOW = "no_show", "Did not arrive"

    ref = models.CharField("reference", max_length=20, unique=True)
    household = models.ForeignKey(Household, models.PROTECT, related_name="bookings")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="bookings")
    starts_on = models.DateField("first night")
    ends_on = models.DateField("morning of departure", null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.BOOKED)
    service = models.CharField(max_length=10, choices=Service)
    academy_ref = models.CharField("Academy claim reference", max_length=20, blank=True)
    authorised_by = models.CharField("who authorised it", max_length=100, blank=True)
    moved_from = models.OneToOneField("self", models.PROTECT, null=True, related_name="moved_to")
    is_split = models.BooleanField("household is in two places", default=False)
    split_reason = models.CharField("why it is in two places", max_length=200, blank=True)
    cap_approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    cap_reason = models.CharField("why the rate is over the cap", max_length=200, blank=True)
    ended_reason = models.CharField("why it ended or was cancelled", max_length=200, blank=True)
    booked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    booked_at = models.DateTimeField()
    departed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    departed_at = models.DateTimeField("departure recorded", null=True)
    departed_by_sheet = models.BooleanField("departure taken from the nightly sheet", default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="booking_has_a_night",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                violation_error_message="The departure must be after the first night.",
            ),
            models.CheckConstraint(
                name="booking_status_is_known", condition=Q(status__in=["booked", "cancelled", "no_show"])
            ),
            models.CheckConstraint(
                name="booking_service_is_known", condition=Q(service__in=["homeless", "nrtpf", "children", "adults"])
            ),
            models.CheckConstraint(
                name="booking_split_says_why",
                condition=Q(is_split=False, split_reason="") | (Q(is_split=True) & ~Q(split_reason="")),
                violation_error_message="Say why the household is in two places.",
            ),
            models.CheckConstraint(
                name="booking_cap_approver_did_not_book",
                condition=Q(cap_approved_by__isnull=True) | ~Q(cap_approved_by=F("booked_by")),
                violation_error_message="You booked this stay, so someone else must approve its rate.",
            ),
            models.CheckConstraint(
                name="booking_over_cap_says_why",
                condition=Q(cap_approved_by__isnull=True) | ~Q(cap_reason=""),
                violation_error_message="Say why the rate may be over the cap.",
            ),
            models.CheckConstraint(
                name="booking_departure_is_whole", condition=all_or_none("departed_by", "departed_at")
            ),
            models.CheckConstraint(
                name="booking_departed_has_an_end",
                condition=Q(departed_at__isnull=True) | Q(ends_on__isnull=False),
            ),
            models.CheckConstraint(
                name="booking_departed_by_sheet_has_departed",
                condition=Q(departed_by_sheet=False) | Q(departed_at__isnull=False),
            ),
            ExclusionConstraint(
                name="booking_unit_let_once",
                expressions=[("unit", RangeOperators.EQUAL), (Days("starts_on", "ends_on"), RangeOperators.OVERLAPS)],
                condition=Q(status="booked"),
                violation_error_message="The unit is let to another household on some of these nights.",
            ),
            ExclusionConstraint(
                name="booking_household_in_one_place",
                expressions=[
                    ("household", RangeOperators.EQUAL),
                    (Days("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="booked", is_split=False),
                violation_error_message=(
                    "The household is booked somewhere else on some of these nights. If it is split, say so and why."
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["starts_on", "ends_on"], name="booking_dates"),
            models.Index(fields=["academy_ref"], condition=~Q(academy_ref=""), name="booking_academy_ref"),
        ]

    def __str__(self) -> str:
        return self.ref


@tracked()
class BookingRate(models.Model):
    """What a night of a booking costs from a day on, without VAT. The first is of its first night."""

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="rates")
    from_on = models.DateField("from")
    amount = models.DecimalField(max_digits=7, decimal_places=2)
    reason = models.CharField(max_length=200, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="booking_rate_not_below_zero",
                condition=Q(amount__gte=0),
                violation_error_message="A nightly rate cannot be below zero.",
            ),
            models.UniqueConstraint(
                fields=["booking", "from_on"],
                name="booking_has_one_rate_a_day",
                violation_error_message="The rate of this booking already changes on that day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} from {self.from_on}"


@tracked()
class LicenceSheet(models.Model):
    """The licence and responsibilities sheet of a booking as it was made and handed out."""

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="sheets")
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"sheet {self.pk}"


@tracked()
class Acknowledgement(models.Model):
    """That the household was told what it must pay and do, with the sheet it was given."""

    class How(models.TextChoices):
        IN_PERSON = "in_person", "In person"
        TELEPHONE = "telephone", "By telephone"
        VIDEO = "video", "By video"
        EMAIL = "email", "By e-mail"
        POST = "post", "By post"

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="acknowledgements")
    on = models.DateField("when")
    how = models.CharField(max_length=10, choices=How)
    language = models.CharField(max_length=40)
    interpreter = models.CharField(max_length=100, blank=True)
    sheet = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="acknowledgement_way_is_known",
                condition=Q(how__in=["in_person", "telephone", "video", "email", "post"]),
            ),
            models.CheckConstraint(
                name="acknowledgement_says_language",
                condition=~Q(language=""),
                violation_error_message="Say in which language.",
            ),
        ]

    def __str__(self) -> str:
        return f"acknowledged {self.on}"


@tracked()
class Void(models.Model):
    """Nights for which a unit that is kept for us stands empty, why, and who pays for them."""

    class PaidBy(models.TextChoices):
        PROVIDER = "provider", "The provider"
        COUNCIL = "council", "The council"

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="voids")
    starts_on = models.DateField("first night")
    ends_on = models.DateField("morning after the last night", null=True)
    reason = models.CharField(max_length=200)
    paid_by = models.CharField(max_length=8, choices=PaidBy)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="void_has_a_night",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                violation_error_message="The last night of a void cannot be before its first.",
            ),
            models.CheckConstraint(
                name="void_says_why", condition=~Q(reason=""), violation_error_message="Say why the unit is empty."
            ),
            models.CheckConstraint(name="void_payer_is_known", condition=Q(paid_by__in=["provider", "council"])),
            ExclusionConstraint(
                name="void_night_once",
                expressions=[("unit", RangeOperators.EQUAL), (Days("starts_on", "ends_on"), RangeOperators.OVERLAPS)],
                violation_error_message="Another void of this unit covers some of these nights.",
            ),
        ]

    def __str__(self) -> str:
        return f"void from {self.starts_on}"
