"""What was paid and should not have been: a case a payee and find, with its lines. Knows no source."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from lewisham_ta.models import User, all_or_none, tracked
from payments.overpayments.rules import ASK_FIRST, MOVES, OWN_ASKING, OWN_CASE
from payments.payees.models import Payee


@tracked()
class OverpaymentCase(models.Model):
    """An amount that a payee has to give back. `found_by` is null where the product found it by itself.

    Only the product drops a case, where its source says that less or nothing was overpaid: nobody settles it then.
    """

    class Cause(models.TextChoices):
        SHORTENED = "shortened", "Stay was shorter than paid"
        CANCELLED = "cancelled", "Stay did not take place"
        RATE = "rate", "Rate was corrected"
        SEVERAL = "several", "Several of these"
        OTHER = "other", "Other"

    class Status(models.TextChoices):
        FOUND = "found", "Found"
        AGREED = "agreed", "Agreed"
        RECOVERED = "recovered", "Recovered"
        WRITTEN_OFF = "written_off", "Written off"
        DROPPED = "dropped", "Not overpaid"

    payee = models.ForeignKey(Payee, models.PROTECT, related_name="overpayments")
    cause = models.CharField(max_length=10, choices=Cause)
    found_at = models.DateTimeField("found")
    found_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    nights = models.PositiveIntegerField(default=0)
    amount = models.DecimalField("amount with VAT", max_digits=11, decimal_places=2)
    status = models.CharField(max_length=11, choices=Status, default=Status.FOUND)
    agreed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name="who asked for the write-off"
    )
    asked_at = models.DateTimeField("write-off asked for", null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField("recovered, written off or dropped", null=True)
    note = models.CharField("what was said about it", max_length=300, blank=True)

    class Meta:
        verbose_name = "overpayment"
        permissions = [
            ("see_overpayments", "See overpayments"),
            ("manage_overpayments", "Agree and recover overpayments"),
            ("write_off_overpayments", "Write overpayments off"),
        ]
        constraints = [
            models.CheckConstraint(
                name="overpayment_cause_is_known",
                condition=Q(cause__in=["shortened", "cancelled", "rate", "several", "other"]),
            ),
            models.CheckConstraint(
                name="overpayment_status_is_known",
                condition=Q(status__in=["found", "agreed", "recovered", "written_off", "dropped"]),
            ),
            models.CheckConstraint(
                name="overpayment_above_zero",
                condition=Q(amount__gt=0),
                violation_error_message="An overpayment is above zero.",
            ),
            models.CheckConstraint(name="overpayment_agreed_is_whole", condition=all_or_none("agreed_by", "agreed_at")),
            models.CheckConstraint(name="overpayment_asked_is_whole", condition=all_or_none("asked_by", "asked_at")),
            models.CheckConstraint(
                name="overpayment_settled_is_whole",
                condition=Q(status__in=["found", "agreed"], settled_by__isnull=True, settled_at__isnull=True)
                | Q(status__in=["recovered", "written_off"], settled_by__isnull=False, settled_at__isnull=False)
                | Q(status="dropped", settled_by__isnull=True, settled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="overpayment_settled_says_how",
                condition=Q(status__in=["found", "agreed"]) | ~Q(note=""),
                violation_error_message="Say how it was recovered, or why it is written off.",
            ),
            models.CheckConstraint(
                name="overpayment_settled_by_another",
                condition=Q(agreed_by__isnull=True) | Q(settled_by__isnull=True) | ~Q(settled_by=F("agreed_by")),
                violation_error_message=OWN_CASE,
            ),
            models.CheckConstraint(
                name="overpayment_written_off_by_two",
                condition=~Q(status="written_off") | Q(agreed_by__isnull=False) | Q(asked_by__isnull=False),
                violation_error_message=ASK_FIRST,
            ),
            models.CheckConstraint(
                name="overpayment_written_off_by_another",
                condition=~Q(status="written_off") | Q(asked_by__isnull=True) | ~Q(settled_by=F("asked_by")),
                violation_error_message=OWN_ASKING,
            ),
        ]
        indexes = [models.Index(fields=["payee", "status"], name="overpayment_of_payee")]
        triggers = [
            pgtrigger.FSM(
                name="overpayment_moves",
                field="status",
                transitions=[(here, there) for here in MOVES for there in sorted(MOVES[here])],
            ),
            pgtrigger.Protect(name="overpayment_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"overpayment {self.pk}"


@tracked()
class OverpaymentLine(models.Model):
    """What a case is made of, in words and figures as found. `ends_on` is the morning after the last night."""

    case = models.ForeignKey(OverpaymentCase, models.PROTECT, related_name="lines")
    words = models.CharField("what was paid and should not have been", max_length=300)
    starts_on = models.DateField("first night")
    ends_on = models.DateField("morning after the last night")
    nights = models.PositiveIntegerField(default=0)
    net = models.DecimalField(max_digits=9, decimal_places=2)
    vat = models.DecimalField("VAT", max_digits=9, decimal_places=2, default=0)

    class Meta:
        verbose_name = "line of an overpayment"
        constraints = [
            models.CheckConstraint(
                name="overpayment_line_above_zero",
                condition=Q(net__gte=0, vat__gte=0) & (Q(net__gt=0) | Q(vat__gt=0)),
            ),
            models.CheckConstraint(name="overpayment_line_has_a_night", condition=Q(ends_on__gt=F("starts_on"))),
        ]
        triggers = [pgtrigger.Protect(name="overpayment_line_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.words
