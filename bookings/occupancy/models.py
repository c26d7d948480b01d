"""What providers confirm week by week: who really slept where."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from bookings.stays.models import Booking
from bookings.units.models import Provider
from lewisham_ta.models import StoredFile, User, all_or_none, tracked
from lewisham_ta.ranges import Days


@tracked()
class OccupancyList(models.Model):
    """The list of one provider's occupied units for one week (Monday to Sunday), as it was made and sent."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="occupancy_lists")
    week = models.DateField("week (its Monday)")
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    sent_to = models.EmailField(blank=True)
    claimed_at = models.DateTimeField("e-mail taken up for sending", null=True)
    sent_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField("all answered", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "week"],
                name="occupancy_list_once_a_week",
                violation_error_message="The list of this provider and week is there already.",
            ),
            models.CheckConstraint(name="occupancy_week_is_a_monday", condition=Q(week__week_day=2)),
            models.CheckConstraint(
                name="occupancy_list_closed_is_whole", condition=all_or_none("closed_by", "closed_at")
            ),
        ]

    def __str__(self) -> str:
        return f"week of {self.week}"


@tracked()
class NightsConfirmed(models.Model):
    """Nights of a booking about which the provider said whether the household was there."""

    class How(models.TextChoices):
        TICKED = "ticked", "Ticked on the page"
        LOADED = "loaded", "Loaded from the provider's list"

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="confirmations")
    starts_on = models.DateField("first night")
    ends_on = models.DateField("morning after the last night")
    was_there = models.BooleanField()
    note = models.CharField(max_length=200, blank=True)
    how = models.CharField(max_length=6, choices=How)
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "nights confirmed"
        constraints = [
            models.CheckConstraint(
                name="confirmation_has_a_night",
                condition=Q(ends_on__gt=F("starts_on")),
                violation_error_message="The last night cannot be before the first.",
            ),
            models.CheckConstraint(name="confirmation_way_is_known", condition=Q(how__in=["ticked", "loaded"])),
            ExclusionConstraint(
                name="night_confirmed_once",
                expressions=[
                    ("booking", RangeOperators.EQUAL),
                    (Days("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
                violation_error_message="Some of these nights are confirmed already.",
            ),
        ]
        indexes = [
            models.Index(fields=["ends_on"], name="nights_confirmed_lately"),
            models.Index(fields=["booking"], condition=Q(was_there=False), name="nights_not_there"),
        ]

    def __str__(self) -> str:
        return f"nights from {self.starts_on}"
