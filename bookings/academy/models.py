"""What Academy, the benefits system, says about the households that we place."""

from django.db import models
from django.db.models import Q

from bookings.stays.models import Booking
from lewisham_ta.models import User, tracked


@tracked()
class AcademyAccount(models.Model):
    """A claim as the latest extract that has it shows it. `ends_on` is exclusive, as everywhere: the tenancy's end."""

    class Status(models.TextChoices):
        LIVE = "live", "Live"
        SUSPENDED = "suspended", "Suspended"
        ENDED = "ended", "Ended"
        CANCELLED = "cancelled", "Cancelled"

    claim_ref = models.CharField("claim reference", max_length=20, unique=True)
    surname = models.CharField(max_length=60)
    forename = models.CharField(max_length=60, blank=True)
    born_on = models.DateField("date of birth", null=True)
    ni_number = models.CharField("National Insurance number", max_length=9, blank=True)
    address = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=8, blank=True)
    starts_on = models.DateField("tenancy start", null=True)
    ends_on = models.DateField("tenancy end", null=True)
    weekly_rent = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    weekly_benefit = models.DecimalField("weekly HB", max_digits=7, decimal_places=2, null=True)
    status = models.CharField(max_length=10, choices=Status)
    is_gone = models.BooleanField("not in the latest extract", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="academy_status_is_known", condition=Q(status__in=["live", "suspended", "ended", "cancelled"])
            ),
            models.CheckConstraint(name="academy_account_has_a_ref", condition=~Q(claim_ref="")),
        ]
        indexes = [
            models.Index(fields=["surname", "born_on"], name="academy_name_and_birth"),
            models.Index(fields=["postcode"], name="academy_postcode"),
        ]

    def __str__(self) -> str:
        return self.claim_ref


@tracked()
class AcademyFinding(models.Model):
    """A difference between Academy and the bookings that a person has settled, with what was said about it.

    What is found is worked out when it is shown; a row says that a finding needs no more work. `figures` is what the
    finding said then: one that says something else since is open again.
    """

    kind = models.CharField(max_length=20)
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, related_name="academy_findings")
    account = models.ForeignKey(AcademyAccount, models.PROTECT, null=True, related_name="findings")
    figures = models.CharField(max_length=300)
    note = models.CharField("what was done about it", max_length=300)
    settled_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    settled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="academy_finding_is_about_something",
                condition=Q(booking__isnull=False) | Q(account__isnull=False),
            ),
            models.CheckConstraint(
                name="academy_finding_says_what_was_done",
                condition=~Q(note=""),
                violation_error_message="Say what was done about it.",
            ),
        ]
        indexes = [models.Index(fields=["kind", "booking", "account"], name="academy_finding_key")]

    def __str__(self) -> str:
        return self.kind
