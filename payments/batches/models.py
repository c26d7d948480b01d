"""Money out: payments, the batches they leave in, and the advice each payee gets. Knows no source of money."""

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from lewisham_ta.models import StoredFile, User, all_or_none, tracked
from payments.batches.rules import MOVES, OWN_PAYMENT, OWN_RETURN
from payments.payees.models import BankDetails, Payee


@tracked()
class PaymentStop(models.Model):
    """Nothing is paid to this payee until the stop is lifted. At most one stands for a payee."""

    payee = models.ForeignKey(Payee, models.PROTECT, related_name="stops")
    reason = models.CharField(max_length=200)
    stopped_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField()
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lift_note = models.CharField("why it was lifted", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payee"],
                condition=Q(lifted_at__isnull=True),
                name="payment_stop_one_stands",
                violation_error_message="Payments to this payee are stopped already.",
            ),
            models.CheckConstraint(
                name="payment_stop_says_why",
                condition=~Q(reason=""),
                violation_error_message="Say why payments to this payee are stopped.",
            ),
            models.CheckConstraint(name="payment_stop_lift_is_whole", condition=all_or_none("lifted_by", "lifted_at")),
            models.CheckConstraint(
                name="payment_stop_lift_says_why",
                condition=Q(lifted_at__isnull=True) | ~Q(lift_note=""),
                violation_error_message="Say why the stop is lifted.",
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class PaymentQuerySet(models.QuerySet["Payment"]):
    def with_facts(self) -> "PaymentQuerySet":
        """What the payable rule asks about: the payee's account, a waiting change, a stop, and the live batch."""
        accounts = BankDetails.objects.filter(payee=OuterRef("payee"))
        current = accounts.filter(is_current=True)
        stops = PaymentStop.objects.filter(payee=OuterRef("payee"), lifted_at__isnull=True)
        live = BatchItem.objects.filter(payment=OuterRef("pk"), is_live=True)
        return self.annotate(
            account_id=Subquery(current.values("pk")[:1]),
            account_usable_from=Subquery(current.values("usable_from")[:1]),
            change_waits=Exists(accounts.filter(status=BankDetails.Status.WAITING)),
            stop_reason=Coalesce(Subquery(stops.values("reason")[:1]), models.Value("")),
            live_batch=Coalesce(Subquery(live.values("batch__number")[:1]), models.Value("")),
        )


@tracked()
class Payment(models.Model):
    """An approved amount for one payee from one source. Its amount and advice are frozen (trigger).

    `source` names where it came from ("CONTROC 2026-10"); `advice` is what the remittance shows, as the source froze
    it: see batches/rules.py. `state` says where the money is, and only moves as MOVES there allows (trigger). It goes
    to the payee's current account, which need not be the one at approval; each batch keeps the one that it used.
    """

    class State(models.TextChoices):
        PAYABLE = "payable", "To be batched"
        BATCHED = "batched", "In a batch"
        SENT = "sent", "Sent"
        PAID = "paid", "Paid"
        RETURNED = "returned", "Returned"
        WITHDRAWN = "withdrawn", "Withdrawn"

    payee = models.ForeignKey(Payee, models.PROTECT, related_name="payments")
    bank_details = models.ForeignKey(
        BankDetails, models.PROTECT, related_name="payments", verbose_name="account at approval"
    )
    source = models.CharField(max_length=40)
    description = models.CharField(max_length=120)
    reference = models.CharField("bank reference", max_length=18)
    net = models.DecimalField(max_digits=11, decimal_places=2)
    vat = models.DecimalField("VAT", max_digits=11, decimal_places=2, default=0)
    coding = models.JSONField("pounds by expenditure code")
    advice = models.JSONField()
    due_on = models.DateField("due")
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.PAYABLE)
    paid_on = models.DateField("paid", null=True)
    returned_on = models.DateField("last returned", null=True)
    return_reason = models.CharField("why it was last returned", max_length=200, blank=True)
    returned_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name="who recorded the last return"
    )
    put_right_note = models.CharField("what was put right", max_length=200, blank=True)
    put_right_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_reason = models.CharField("why it was withdrawn", max_length=200, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        permissions = [
            ("make_batch", "Make and send batches"),
            ("load_answer", "Load Central Payments' answer"),
            ("withdraw_payment", "Withdraw payments that shall never be paid"),
            ("see_payments", "See payments and batches"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "payee"],
                condition=~Q(state="withdrawn"),  # what its source raises again takes the place of one withdrawn
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
                violation_error_message=OWN_PAYMENT,
            ),
            models.CheckConstraint(
                name="payment_reference_is_bacs", condition=Q(reference__regex=r"^[A-Z0-9 &./-]{1,18}$")
            ),
            models.CheckConstraint(
                name="payment_state_is_known",
                condition=Q(state__in=["payable", "batched", "sent", "paid", "returned", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="payment_paid_has_a_date", condition=~Q(state="paid") | Q(paid_on__isnull=False)
            ),
            models.CheckConstraint(
                name="payment_returned_says_why",
                condition=~Q(state="returned") | (Q(returned_on__isnull=False) & ~Q(return_reason="")),
                violation_error_message="Say when and why the payment was returned.",
            ),
            models.CheckConstraint(
                name="payment_put_right_by_another",
                condition=Q(put_right_by__isnull=True) | ~Q(put_right_by=F("returned_by")),
                violation_error_message=OWN_RETURN,
            ),
            models.CheckConstraint(
                name="payment_withdrawn_says_why",
                condition=~Q(state="withdrawn") | ~Q(withdrawn_reason=""),
                violation_error_message="Say why the payment is withdrawn.",
            ),
        ]
        indexes = [models.Index(fields=["state"], name="payment_state")]
        triggers = [
            pgtrigger.Protect(
                name="payment_frozen",
                operation=pgtrigger.UpdateOf(
                    "payee_id",
                    "bank_details_id",
                    "source",
                    "reference",
                    "net",
                    "vat",
                    "coding",
                    "advice",
                    "prepared_by_id",
                    "approved_by_id",
                    "approved_at",
                )
                | pgtrigger.Delete,
            ),
            pgtrigger.FSM(
                name="payment_moves",
                field="state",
                transitions=[(here, there) for here in MOVES for there in sorted(MOVES[here])],
            ),
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
    sheet = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name="batch sheet (xlsx)"
    )
    csv = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+", verbose_name="batch sheet (CSV)")
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
            ),
            pgtrigger.Trigger(
                name="batch_sent_adds_up",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status="sent"),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM payments_batchitem item WHERE item.batch_id = NEW.id
                        HAVING count(*) = NEW.count AND count(*) > 0 AND sum(item.net + item.vat) = NEW.total
                    ) THEN
                        RAISE EXCEPTION 'The control count and total of a batch are those of its payments.'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'batch_sent_adds_up';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number


@tracked()
class BatchItem(models.Model):
    """A payment in a batch, and the account it goes to. Live until Central Payments returns it.

    What is taken out of an open batch is deleted (its history stays); from a sent batch nothing is taken (trigger).
    """

    class Outcome(models.TextChoices):
        NONE = "", "Not answered"
        PAID = "paid", "Paid"
        RETURNED = "returned", "Returned"

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="items")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="items")
    is_live = models.BooleanField("still in the batch", default=True)
    net = models.DecimalField(max_digits=11, decimal_places=2)
    vat = models.DecimalField("VAT", max_digits=11, decimal_places=2, default=0)
    bank_details = models.ForeignKey(BankDetails, models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.NONE, blank=True)
    outcome_on = models.DateField("day of the outcome", null=True)
    outcome_reason = models.CharField("why it was returned", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(is_live=True),
                name="payment_in_one_live_batch",
                violation_error_message="This payment is already in a batch.",
            ),
            models.UniqueConstraint(fields=["batch", "payment"], name="batch_item_once"),
            models.CheckConstraint(
                name="batch_item_live_unless_returned",
                condition=Q(is_live=True) & ~Q(outcome="returned") | Q(is_live=False, outcome="returned"),
            ),
            models.CheckConstraint(name="batch_item_above_zero", condition=Q(net__gt=0, vat__gte=0)),
            models.CheckConstraint(name="batch_outcome_is_known", condition=Q(outcome__in=["", "paid", "returned"])),
            models.CheckConstraint(
                name="batch_outcome_has_a_date",
                condition=Q(outcome="", outcome_on__isnull=True) | (~Q(outcome="") & Q(outcome_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="batch_returned_says_why",
                condition=~Q(outcome="returned") | ~Q(outcome_reason=""),
                violation_error_message="Say why the payment was returned.",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="batch_item_frozen",
                operation=pgtrigger.UpdateOf("batch_id", "payment_id", "net", "vat", "bank_details_id"),
            ),
            pgtrigger.Trigger(
                name="batch_item_of_open_batch",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Delete,
                # FOR SHARE waits for a batch that is being sent at this moment.
                func="""
                    IF 'sent' = (
                        SELECT status FROM payments_batch
                        WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.batch_id ELSE OLD.batch_id END FOR SHARE
                    ) THEN
                        RAISE EXCEPTION 'Nothing is put into or taken out of a batch that was sent.'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'batch_item_of_open_batch';
                    END IF;
                    RETURN CASE TG_OP WHEN 'INSERT' THEN NEW ELSE OLD END;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.pk}"


class Remittance(models.Model):
    """The advice one payee gets for one batch: made once, sent once, however often the job runs.

    With an address the row is a promise to e-mail: taken up (`claimed_at`) before it leaves, so that nobody else sends
    it too. One that was taken up and never stamped as sent waits for a person to say whether it goes again.
    """

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
            models.CheckConstraint(
                name="remittance_emailed_has_an_address", condition=Q(emailed_at__isnull=True) | ~Q(email_to="")
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="remittance_kept",
                operation=pgtrigger.UpdateOf("batch_id", "payee_id", "file_id") | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return f"remittance {self.pk}"
