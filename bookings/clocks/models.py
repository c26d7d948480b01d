"""What the law gives a limited time for."""

from django.db import models
from django.db.models import Q

from bookings.stays.models import Booking
from lewisham_ta.models import User, tracked


@tracked()
class Section208Notice(models.Model):
    """That the council in whose area a household was placed was told in writing (Housing Act 1996, section 208)."""

    booking = models.OneToOneField(Booking, models.PROTECT, related_name="section_208_notice")
    council = models.CharField("council that was told", max_length=60)
    sent_on = models.DateField("sent")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="section_208_names_the_council",
                condition=~Q(council=""),
                violation_error_message="Say which council was told.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.council} {self.sent_on}"
