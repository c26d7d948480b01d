"""The monthly landlord rent schedule (CONTROC): its lines, what each payee gets, what is odd, and who may sign."""

import pghistory
import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from lewisham_ta.models import StoredFile, User, all_or_none, append_only, tracked
from lewisham_ta.ranges import Days
from payments.batches.models import Payment
from payments.leases.models import Adjustment, Lease, LeaseRent
from payments.payees.models import BankDetails, Payee


def frozen_with_schedule(table: str) -> list[pgtrigger.Trigger]:
    """Triggers that refuse to add, change or delete rows of a schedule that is signed off.

    They look once a statement and not once a row: a month is written and rewritten by the ten thousand.
    """
    touched = {
        "Insert": ({"new": "rows_now"}, "SELECT schedule_id FROM rows_now"),
        # Neither away from a signed-off schedule nor into one.
        "Update": (
            {"old": "rows_before", "new": "rows_now"},
            "SELECT schedule_id FROM rows_before UNION ALL SELECT schedule_id FROM rows_now",
        ),
        "Delete": ({"old": "rows_before"}, "SELECT schedule_id FROM rows_before"),
    }
    return [
        pgtrigger.Trigger(
            name=f"{table}_frozen_{operation.lower()}",
            operation=getattr(pgtrigger, operation),
            when=pgtrigger.After,
            level=pgtrigger.Statement,
            referencing=pgtrigger.Referencing(**sides),
            func=f"""
                IF EXISTS (
                    SELECT 1 FROM ({rows}) touched JOIN payments_schedule s ON s.id = touched.schedule_id
                    WHERE s.status = 'signed_off'
                ) THEN
                    RAISE EXCEPTION 'A schedule that is signed off is never changed ({table}).'
                        USING ERRCODE = 'check_violation', CONSTRAINT = '{table}_of_signed_schedule_is_frozen';
                END IF;
                RETURN NULL;
            """,
        )
        for operation, (sides, rows) in touched.items()
    ]


@tracked(exclude=["terms", "bridge"])
class Schedule(models.Model):
    """One run of a month: number 0 is the month's schedule, 1 and up are supplementary.

    `terms` holds what each lease's terms came to when this schedule was generated (lease id and digest, see
    services/terms.py), so that only leases that changed since are worked out again for backdating.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        READY = "ready", "Awaiting sign-off"
        SIGNED_OFF = "signed_off", "Signed off"

    month = models.DateField("month (its first day)")
    number = models.PositiveSmallIntegerField("supplementary number", default=0)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    generated_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    generated_at = models.DateTimeField()
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    returned_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    returned_at = models.DateTimeField(null=True)
    return_note = models.CharField(max_length=500, blank=True)
    signed_off_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    signed_off_at = models.DateTimeField(null=True)
    sign_off_note = models.CharField(max_length=500, blank=True)
    pack_pdf = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    pack_xlsx = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    terms = models.BinaryField(default=b"")  # stored as it is: digests do not compress, and trying takes long
    bridge = models.JSONField("the bridge as it was signed", null=True)

    class Meta:
        permissions = [
            ("see_schedule", "See schedules"),
            ("prepare_schedule", "Generate and submit schedules, decide anomalies"),
            ("sign_off_schedule", "Sign schedules off"),
            ("appoint_deputy", "Appoint deputies"),
        ]
        constraints = [
            models.CheckConstraint(name="schedule_month_is_first_day", condition=Q(month__day=1)),
            models.UniqueConstraint(
                fields=["month", "number"],
                name="schedule_once_a_month",
                violation_error_message="This month already has a schedule.",
            ),
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(status__in=["draft", "ready"]),
                name="schedule_one_is_open",
                violation_error_message="Another schedule is not signed off yet.",
            ),
            models.CheckConstraint(
                name="schedule_status_is_known", condition=Q(status__in=["draft", "ready", "signed_off"])
            ),
            models.CheckConstraint(
                name="schedule_signatory_did_not_prepare",
                condition=Q(signed_off_by__isnull=True)
                | (
                    ~Q(signed_off_by=F("prepared_by"))
                    & ~Q(signed_off_by=F("generated_by"))
                    & ~Q(signed_off_by=F("submitted_by"))
                ),
                violation_error_message=(
                    "You prepared or last edited this schedule, so someone else must sign it off."
                ),
            ),
            models.CheckConstraint(
                name="schedule_sign_off_is_whole",
                condition=Q(
                    status="signed_off",
                    submitted_by__isnull=False,
                    signed_off_by__isnull=False,
                    signed_off_at__isnull=False,
                    pack_pdf__isnull=False,
                    pack_xlsx__isnull=False,
                )
                | Q(status__in=["draft", "ready"], signed_off_by__isnull=True, signed_off_at__isnull=True),
            ),
            models.CheckConstraint(
                name="schedule_submission_is_whole", condition=all_or_none("submitted_by", "submitted_at")
            ),
            models.CheckConstraint(
                name="schedule_return_is_whole", condition=all_or_none("returned_by", "returned_at")
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="schedule_signed_off_is_frozen",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__status="signed_off"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}" + (f" supplementary {self.number}" if self.number else "")


class ScheduleLine(models.Model):
    """One amount for one payee and lease: a run of days at one rent, a correction of an earlier month, an adjustment,
    or money held before and released now.

    Rent lines have their days `[starts_on, ends_on)` and rent. A backdated line carries in `working` what is due by
    the terms known now and what had been scheduled, and a rent line from sign-off on who set its rent, when and why. A
    released line names the held line that it pays in `releases`.
    """

    class Kind(models.TextChoices):
        RENT = "rent", "Rent"
        BACKDATED = "backdated", "Backdated"
        ADJUSTMENT = "adjustment", "Adjustment"
        RELEASED = "released", "Released"

    schedule = models.ForeignKey(Schedule, models.PROTECT, related_name="lines", db_index=False)
    lease = models.ForeignKey(Lease, models.PROTECT, related_name="+")
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    for_month = models.DateField()
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    days = models.PositiveSmallIntegerField(null=True)
    rent = models.DecimalField("pounds per week or month", max_digits=7, decimal_places=2, null=True)
    per = models.CharField(max_length=5, blank=True)
    basis = models.CharField(max_length=6, blank=True)
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    is_held = models.BooleanField(default=False)
    held_because = models.CharField(max_length=300, blank=True)
    cost_code = models.CharField(max_length=30, blank=True)
    lease_rent = models.ForeignKey(LeaseRent, models.PROTECT, null=True, related_name="+", db_index=False)
    adjustment = models.ForeignKey(Adjustment, models.PROTECT, null=True, related_name="+", db_index=False)
    releases = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    working = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="line_kind_is_whole",
                condition=Q(
                    kind="rent",
                    starts_on__isnull=False,
                    ends_on__gt=F("starts_on"),
                    rent__isnull=False,
                    days__gt=0,
                    amount__gte=0,
                )
                | Q(kind="backdated", starts_on__isnull=True, working__isnull=False)
                | Q(kind="adjustment", starts_on__isnull=True, adjustment__isnull=False)
                | Q(kind="released", releases__isnull=False),
            ),
            ExclusionConstraint(
                name="line_lease_day_scheduled_once",
                expressions=[("lease", RangeOperators.EQUAL), (Days("starts_on", "ends_on"), RangeOperators.OVERLAPS)],
                condition=Q(kind="rent"),
                violation_error_message="A day of this lease is already on a schedule.",
            ),
            models.UniqueConstraint(
                fields=["adjustment"],
                condition=Q(adjustment__isnull=False, kind="adjustment"),
                name="line_adjustment_scheduled_once",
                violation_error_message="This adjustment is already on a schedule.",
            ),
            models.UniqueConstraint(
                fields=["releases"],
                condition=Q(releases__isnull=False),
                name="line_released_once",
                violation_error_message="This held amount is already released.",
            ),
        ]
        indexes = [
            models.Index(fields=["schedule", "payee"], name="line_schedule_payee"),
            models.Index(fields=["schedule"], condition=Q(is_held=True), name="line_held"),
        ]
        triggers = frozen_with_schedule("line")

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class PayeeTotal(models.Model):
    """What one payee gets from one schedule. `net` is paid; `carried_forward` is zero or the balance below zero.

    `rent`, `backdated`, `released` and `adjustments` are what is paid, `held` what is shown but not paid.
    """

    schedule = models.ForeignKey(Schedule, models.PROTECT, related_name="totals", db_index=False)
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="+")
    rent = models.DecimalField(max_digits=11, decimal_places=2)
    backdated = models.DecimalField(max_digits=11, decimal_places=2)
    released = models.DecimalField(max_digits=11, decimal_places=2)
    adjustments = models.DecimalField(max_digits=11, decimal_places=2)
    nrl_base = models.DecimalField("amount taxed", max_digits=11, decimal_places=2)
    nrl_tax = models.DecimalField("NRL tax", max_digits=11, decimal_places=2)
    brought_forward = models.DecimalField(max_digits=11, decimal_places=2)
    held = models.DecimalField(max_digits=11, decimal_places=2)
    net = models.DecimalField(max_digits=11, decimal_places=2)
    carried_forward = models.DecimalField(max_digits=11, decimal_places=2)
    bank_details = models.ForeignKey(BankDetails, models.PROTECT, null=True, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "payee"], name="payee_total_once"),
            # Not of a draft's totals, which have none and are written by the ten thousand.
            models.UniqueConstraint(
                fields=["payment"], condition=Q(payment__isnull=False), name="payee_total_has_a_payment_of_its_own"
            ),
            models.CheckConstraint(
                name="payee_total_adds_up",
                condition=Q(
                    net=F("rent")
                    + F("backdated")
                    + F("released")
                    + F("adjustments")
                    - F("nrl_tax")
                    + F("brought_forward")
                    - F("carried_forward")
                ),
            ),
            models.CheckConstraint(
                name="payee_total_is_paid_or_carried",
                condition=Q(net__gte=0, carried_forward=0) | Q(net=0, carried_forward__lt=0),
            ),
        ]
        triggers = frozen_with_schedule("payee_total")

    def __str__(self) -> str:
        return f"total {self.net}"


# Found and thrown away by the thousand at each generation: the history keeps what people decide.
@pghistory.track(
    pghistory.UpdateEvent(), pghistory.DeleteEvent(condition=pgtrigger.Q(old__decision__in=["accepted", "held"]))
)
class Anomaly(models.Model):
    """Something a rule found in a schedule about a lease or a payee, and what a person decided about it.

    A hold by decision keeps this schedule's lines of the lease or payee from being paid; they are released by the
    first later schedule in which the same code no longer stands on the same subject.
    """

    class Severity(models.TextChoices):
        STOP = "STOP", "Stop"
        CHECK = "CHECK", "Check"
        NOTE = "NOTE", "Note"

    class Decision(models.TextChoices):
        OPEN = "", "Open"
        ACCEPTED = "accepted", "Accepted"
        HELD = "held", "Held"

    schedule = models.ForeignKey(Schedule, models.PROTECT, related_name="anomalies", db_index=False)
    code = models.CharField(max_length=24)
    severity = models.CharField(max_length=5, choices=Severity)
    lease = models.ForeignKey(Lease, models.PROTECT, null=True, related_name="+", db_index=False)
    payee = models.ForeignKey(Payee, models.PROTECT, null=True, related_name="+", db_index=False)
    words = models.CharField(max_length=400)
    figures = models.JSONField(default=dict)
    decision = models.CharField(max_length=8, choices=Decision, default=Decision.OPEN, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    must_act = models.CharField("who must act", max_length=100, blank=True)

    class Meta:
        verbose_name_plural = "anomalies"
        constraints = [
            models.CheckConstraint(
                name="anomaly_on_lease_or_payee",
                condition=Q(lease__isnull=False, payee__isnull=True) | Q(lease__isnull=True, payee__isnull=False),
            ),
            # The subject first, so that a lease's or payee's own anomalies are found by it too.
            models.UniqueConstraint(
                fields=["lease", "code", "schedule"], condition=Q(lease__isnull=False), name="anomaly_once_a_lease"
            ),
            models.UniqueConstraint(
                fields=["payee", "code", "schedule"], condition=Q(payee__isnull=False), name="anomaly_once_a_payee"
            ),
            models.CheckConstraint(
                name="anomaly_severity_is_known", condition=Q(severity__in=["STOP", "CHECK", "NOTE"])
            ),
            models.CheckConstraint(
                name="anomaly_decision_is_whole",
                condition=Q(decision="", decided_by__isnull=True, decided_at__isnull=True)
                | (
                    Q(decision__in=["accepted", "held"], decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(reason="")
                ),
                violation_error_message="A decision needs a reason.",
            ),
            models.CheckConstraint(
                name="anomaly_stop_is_never_accepted",
                condition=~Q(severity="STOP") | ~Q(decision="accepted"),
                violation_error_message="A STOP cannot be accepted: mend it or hold it.",
            ),
        ]
        indexes = [models.Index(fields=["schedule", "code"], name="anomaly_schedule_code")]
        triggers = frozen_with_schedule("anomaly")

    def __str__(self) -> str:
        return self.code


@tracked()
class Release(models.Model):
    """That a person released by hand what an anomaly's decision held: the next schedule pays it."""

    anomaly = models.OneToOneField(Anomaly, models.PROTECT, related_name="release")
    reason = models.CharField(max_length=300)
    released_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    released_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="release_says_why", condition=~Q(reason=""), violation_error_message="A release needs a reason."
            )
        ]
        triggers = [append_only("release_kept")]

    def __str__(self) -> str:
        return f"release {self.pk}"


@tracked()
class Deputy(models.Model):
    """Somebody who may sign schedules off between two dates, appointed beforehand. Both dates are included."""

    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    from_on = models.DateField("from")
    to_on = models.DateField("to")
    reason = models.CharField(max_length=200)
    appointed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    appointed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deputies"
        constraints = [
            models.CheckConstraint(
                name="deputy_dates_in_order",
                condition=Q(to_on__gte=F("from_on")),
                violation_error_message="The last day cannot be before the first.",
            ),
            models.CheckConstraint(
                name="deputy_appointed_by_another",
                condition=~Q(person=F("appointed_by")),
                violation_error_message="Nobody can appoint themselves.",
            ),
        ]

    def __str__(self) -> str:
        return f"deputy from {self.from_on}"
