"""Money out: payments, the batches they leave in, and the advice each payee gets. Knows no source of money."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from lewisham_ta.models import StoredFile, User, tracked
from payments.payees.models import BankDetails, Payee


@tracked()
class Payment(models.Model):
    """An approved amount for one payee from one source. Its amount and advice are frozen (trigger).

    `source` names where it came from ("CONTROC 2026-10"); `advice` is what the remittance shows, as the source froze
    it: see batches/rules.py. `state` says where the money is.
    """

    class State(models.TextChoices):
        PAYABLE = "payable", "To be batched"
        BATCHED = "batched", "In a batch"
        SENT = "sent", "Sent"
        PAID = "paid", "Paid"
        RETURNED = "returned", "Returned"

    payee = models.ForeignKey(Payee, models.PROTECT, related_name="payments")
    bank_details = models.ForeignKey(BankDetails, models.PROTECT, related_name="payments")
    source = models.CharField(max_length=40)
    description = models.CharField(max_length=120)
    reference = models.CharField("bank reference", max_length=18)
    net = models.DecimalField(max_digits=11, decimal_places=2)
    vat = models.DecimalField("VAT", max_digits=11, decimal_places=2, default=0)
    coding = models.JSONField("pounds by expenditure code")
    advice = models.JSONField()
    due_on = models.DateField()
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.PAYABLE)
    paid_on = models.DateField(null=True)
    returned_on = models.DateField(null=True)
    return_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        permissions = [
            ("make_batch", "Make and send batches"),
            ("load_answer", "Load Central Payments' answer"),
            ("see_payments", "See payments and batches"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "payee"],
                name="payment_once_a_source_and_payee",
                violation_error_message="This payee already has a payment from this source.",
            ),
            models.CheckConstraint(
                name="payment_above_zero",
                condition=Q(net__gt=0, vat__gte=0),
                violation_error_message="A payment is above zero.",
            ),
            models.CheckConstraint(
                name="payment_approver_did_not_prepare",
                condition=~Q(approved_by=F("prepared_by")),
                violation_error_message="You prepared this payment, so someone else must approve it.",
            ),
            models.CheckConstraint(
                name="payment_reference_is_bacs", condition=Q(reference__regex=r"^[A-Z0-9 &./-]{1,18}$")
            ),
            models.CheckConstraint(
                name="payment_state_is_known",
                condition=Q(state__in=["payable", "batched", "sent", "paid", "returned"]),
            ),
            models.CheckConstraint(
                name="payment_paid_has_a_date", condition=~Q(state="paid") | Q(paid_on__isnull=False)
            ),
            models.CheckConstraint(
                name="payment_returned_says_why",
                condition=~Q(state="returned") | (Q(returned_on__isnull=False) & ~Q(return_reason="")),
            ),
        ]
        indexes = [models.Index(fields=["state"], name="payment_state")]
        triggers = [
            pgtrigger.Protect(
                name="payment_frozen",
                operation=pgtrigger.UpdateOf(
                    "payee_id",
                    "source",
                    "net",
                    "vat",
                    "coding",
                    "advice",
                    "prepared_by_id",
                    "approved_by_id",
                    "approved_at",
                )
                | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.net}"


@tracked()
class Batch(models.Model):
    """What goes to Central Payments in one go. Locked when sent: number, count, total and both files stay."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        SENT = "sent", "Sent"

    number = models.CharField(max_length=12, unique=True)
    status = models.CharField(max_length=6, choices=Status, default=Status.OPEN)
    version = models.PositiveIntegerField(default=1)
    count = models.PositiveIntegerField("control count", default=0)
    total = models.DecimalField("control total", max_digits=11, decimal_places=2, default=0)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)
    sheet = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    csv = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    advice_print_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.CheckConstraint(name="batch_status_is_known", condition=Q(status__in=["open", "sent"])),
            models.CheckConstraint(
                name="batch_sent_is_whole",
                condition=Q(status="open", sent_by__isnull=True, sent_at__isnull=True)
                | Q(
                    status="sent",
                    sent_by__isnull=False,
                    sent_at__isnull=False,
                    sheet__isnull=False,
                    csv__isnull=False,
                ),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="batch_locked_when_sent",
                operation=pgtrigger.UpdateOf(
                    "number", "status", "count", "total", "sent_by_id", "sent_at", "sheet_id", "csv_id"
                )
                | pgtrigger.Delete,
                condition=pgtrigger.Q(old__status="sent"),
            )
        ]

    def __str__(self) -> str:
        return self.number


@tracked()
class BatchItem(models.Model):
    """A payment in a batch. Live until Central Payments returns it or it is taken out of an open batch."""

    class Outcome(models.TextChoices):
        NONE = "", "Not answered"
        PAID = "paid", "Paid"
        RETURNED = "returned", "Returned"

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="items")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="items")
    is_live = models.BooleanField(default=True)
    net = models.DecimalField(max_digits=11, decimal_places=2)
    vat = models.DecimalField("VAT", max_digits=11, decimal_places=2, default=0)
    bank_details = models.ForeignKey(BankDetails, models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.NONE, blank=True)
    outcome_on = models.DateField(null=True)
    outcome_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(is_live=True),
                name="payment_in_one_live_batch",
                violation_error_message="This payment is already in a batch.",
            ),
            models.UniqueConstraint(fields=["batch", "payment"], name="batch_item_once"),
            models.CheckConstraint(name="batch_outcome_is_known", condition=Q(outcome__in=["", "paid", "returned"])),
            models.CheckConstraint(
                name="batch_outcome_has_a_date",
                condition=Q(outcome="", outcome_on__isnull=True) | (~Q(outcome="") & Q(outcome_on__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.pk}"


class Remittance(models.Model):
    """The advice one payee gets for one batch: made once, sent once, however often the job runs."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="remittances")
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="remittances")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    email_to = models.EmailField(blank=True)
    claimed_at = models.DateTimeField("e-mail taken up for sending", null=True)
    emailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "payee"], name="remittance_once_a_batch_and_payee"),
            models.CheckConstraint(
                name="remittance_emailed_was_claimed",
                condition=Q(emailed_at__isnull=True) | Q(claimed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"remittance {self.pk}"
