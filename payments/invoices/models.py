"""Providers' invoices: as billed, as checked against the bookings, as decided, and the nights that each line claims."""

from datetime import date
from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q

from bookings.models import Booking, Provider
from lewisham_ta.models import StoredFile, User, all_or_none, tracked
from lewisham_ta.ranges import Days
from payments.batches.models import Payment
from payments.invoices import triggers
from payments.invoices.rules.moves import NIGHT_CLAIMED, NOT_AS_BILLED, NOT_WHAT_WAS_DECIDED, OWN_INVOICE
from payments.overpayments.models import OverpaymentLine
from payments.payees.models import Payee

CODES = (
    "NO_BOOKING",
    "CANCELLED",
    "NIGHTS_DIFFER",
    "ARITHMETIC",
    "NOT_BOOKED",
    "ALREADY_CLAIMED",
    "RATE_OVER",
    "RATE_UNDER",
    "VAT_NOT_DUE",
    "VAT_OVER",
    "NOT_IN_ACADEMY",
    "ACADEMY_SUSPENDED",
    "ACADEMY_ENDED",
)


@tracked()
class Invoice(models.Model):
    """A provider's invoice. `findings` are of the whole invoice, each open until a person accepts it with a reason.

    As billed, lines do not change, so their `total` and dates are kept here, by which the same invoice is found again.
    `number_key` is the number without case, punctuation and a trailing letter, by which a near duplicate is noticed.
    """

    class Source(models.TextChoices):
        FILE = "file", "Loaded from a file"
        TYPED = "typed", "Typed"

    class Status(models.TextChoices):
        CHECKING = "checking", "Being checked"
        READY = "ready", "Awaiting approval"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        VOIDED = "voided", "Voided"

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="invoices")
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="invoices")
    number = models.CharField(max_length=30)
    number_key = models.CharField(max_length=30)
    dated_on = models.DateField("date of the invoice", null=True)
    received_on = models.DateField("received")
    stated_total = models.DecimalField("total it states", max_digits=11, decimal_places=2, null=True)
    total = models.DecimalField("sum of its lines, with VAT", max_digits=11, decimal_places=2, default=0)
    first_on = models.DateField("first night of its lines", null=True)
    ends_on = models.DateField("morning after the last night of its lines", null=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=5, choices=Source)
    status = models.CharField(max_length=8, choices=Status, default=Status.CHECKING)
    version = models.PositiveIntegerField(default=1)
    findings = models.JSONField(default=list)
    loaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    loaded_at = models.DateTimeField()
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    returned_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    returned_at = models.DateTimeField(null=True)
    return_note = models.CharField("what has to be put right", max_length=300, blank=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    is_exempt = models.BooleanField("supply exempt from VAT when it was approved", null=True)
    rejected_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    rejected_at = models.DateTimeField(null=True)
    reject_reason = models.CharField("why it was rejected", max_length=300, blank=True)
    voided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField("why it was voided", max_length=300, blank=True)
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="+")

    class Meta:
        permissions = [
            ("see_invoices", "See invoices and their checks"),
            ("check_invoices", "Load invoices and decide their lines"),
            ("approve_invoices", "Approve invoices for payment"),
            ("pass_over_tolerance", "Pass lines as billed above the invoice tolerance"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "number"],
                condition=~Q(status__in=["rejected", "voided"]),
                name="invoice_number_once",
                violation_error_message="This provider's invoice of this number is loaded already.",
            ),
            models.CheckConstraint(
                name="invoice_has_a_number",
                condition=~Q(number=""),
                violation_error_message="Type the number of the invoice.",
            ),
            models.CheckConstraint(name="invoice_source_is_known", condition=Q(source__in=["file", "typed"])),
            models.CheckConstraint(
                name="invoice_status_is_known",
                condition=Q(status__in=["checking", "ready", "approved", "rejected", "voided"]),
            ),
            models.CheckConstraint(
                name="invoice_from_a_file_has_it", condition=Q(source="typed") | Q(file__isnull=False)
            ),
            models.CheckConstraint(
                name="invoice_submitted_is_whole", condition=all_or_none("submitted_by", "submitted_at")
            ),
            models.CheckConstraint(
                name="invoice_approved_is_whole",
                condition=Q(
                    status__in=["approved", "voided"],
                    submitted_by__isnull=False,
                    approved_by__isnull=False,
                    approved_at__isnull=False,
                    payment__isnull=False,
                )
                | (
                    ~Q(status__in=["approved", "voided"])
                    & Q(approved_by__isnull=True, approved_at__isnull=True, payment__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="invoice_approver_did_not_prepare",
                condition=Q(approved_by__isnull=True)
                | (~Q(approved_by=F("loaded_by")) & ~Q(approved_by=F("submitted_by"))),
                violation_error_message=OWN_INVOICE,
            ),
            models.CheckConstraint(
                name="invoice_returned_says_why",
                condition=Q(returned_by__isnull=True, returned_at__isnull=True, return_note="")
                | (Q(returned_by__isnull=False, returned_at__isnull=False) & ~Q(return_note="")),
                violation_error_message="Say what has to be put right.",
            ),
            models.CheckConstraint(
                name="invoice_rejected_says_why",
                condition=(
                    Q(status="rejected", rejected_by__isnull=False, rejected_at__isnull=False) & ~Q(reject_reason="")
                )
                | (~Q(status="rejected") & Q(rejected_by__isnull=True, rejected_at__isnull=True, reject_reason="")),
                violation_error_message="Say why the invoice is rejected.",
            ),
            models.CheckConstraint(
                name="invoice_voided_says_why",
                condition=(Q(status="voided", voided_by__isnull=False, voided_at__isnull=False) & ~Q(void_reason=""))
                | (~Q(status="voided") & Q(voided_by__isnull=True, voided_at__isnull=True, void_reason="")),
                violation_error_message="Say why the invoice is voided.",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "received_on"], name="invoice_status"),
            models.Index(fields=["number_key"], name="invoice_number_key"),
            models.Index(fields=["provider", "total"], name="invoice_amount"),
        ]
        triggers = triggers.INVOICE

    def __str__(self) -> str:
        return self.number


@tracked()
class InvoiceLayout(models.Model):
    """How a provider's files are read, as a person confirmed it: which heading means what."""

    provider = models.OneToOneField(Provider, models.PROTECT, related_name="invoice_layout")
    mapping = models.JSONField("meaning of each heading")
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"layout {self.pk}"


@tracked()
class InvoiceQuery(models.Model):
    """A question to the provider about lines of an invoice. From its sending to the answer the 30 days stand still.

    One that nobody answered is closed with its invoice.
    """

    class How(models.TextChoices):
        NOT_SENT = "", "Not sent yet"
        EMAIL = "email", "By e-mail"
        POST = "post", "By post"
        TELEPHONE = "telephone", "By telephone"

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="queries")
    text = models.TextField()
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    sent_how = models.CharField(max_length=9, choices=How, blank=True)
    sent_on = models.DateField(null=True)
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_on = models.DateField(null=True)
    answer_recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reply = models.TextField("what the provider answered", blank=True)
    closed_on = models.DateField("closed with its invoice, unanswered", null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "query"
        verbose_name_plural = "queries"
        constraints = [
            models.CheckConstraint(
                name="invoice_query_has_words",
                condition=~Q(text=""),
                violation_error_message="Write what is asked.",
            ),
            models.CheckConstraint(
                name="invoice_query_sent_is_whole",
                condition=Q(sent_how="", sent_on__isnull=True, sent_by__isnull=True)
                | Q(sent_how__in=["email", "post", "telephone"], sent_on__isnull=False, sent_by__isnull=False),
                violation_error_message="Say how and when the query was sent.",
            ),
            models.CheckConstraint(
                name="invoice_query_answered_is_whole",
                condition=Q(answered_on__isnull=True, answer_recorded_by__isnull=True, reply="")
                | (Q(answered_on__isnull=False, answer_recorded_by__isnull=False) & ~Q(reply="")),
                violation_error_message="Say when the provider answered, and what.",
            ),
            models.CheckConstraint(
                name="invoice_query_answered_after_sent",
                condition=Q(answered_on__isnull=True) | Q(answered_on__gte=F("sent_on")),
                violation_error_message="The answer cannot be earlier than the query.",
            ),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(answered_on__isnull=True, closed_on__isnull=True),
                name="invoice_query_one_is_open",
                violation_error_message="A query about this invoice is open already.",
            ),
            models.CheckConstraint(
                name="invoice_query_closed_is_unanswered",
                condition=Q(closed_on__isnull=True, closed_by__isnull=True)
                | Q(closed_on__isnull=False, closed_by__isnull=False, answered_on__isnull=True),
            ),
        ]
        triggers = triggers.QUERY

    def __str__(self) -> str:
        return f"query {self.pk}"

    @property
    def ended_on(self) -> date | None:
        """The day from which the 30 days run on."""
        return self.answered_on or self.closed_on


@tracked()
class InvoiceLine(models.Model):
    """What a provider billed for one booking, beside what is payable of it and what was decided.

    As billed: `given_*`, dates (`ends_on` is the morning of departure), nights, rate and amounts. `findings` are the
    check's, in order, {"code", "words"}; a note has no code. A line with no finding is passed by the check itself, and
    then `decided_by` is empty. `payable_*` are the check's; `adjusted_*` is what the decision adds to them: an excess
    that is paid as billed, or, below zero, the nights away that are left out.
    """

    class Matched(models.TextChoices):
        NOT = "", "Not matched"
        REF = "ref", "By reference"
        NAME_UNIT = "name_unit", "By name and unit"
        NAME_ADDRESS = "name_address", "By name and address"
        HAND = "hand", "By an officer"

    class Decision(models.TextChoices):
        UNDECIDED = "undecided", "Undecided"
        PASS = "pass", "Pass"
        AS_BILLED = "as_billed", "Pass as billed"
        SHORT_PAY = "short_pay", "Short-pay"
        BUT_AWAY = "but_away", "Pay all but the nights away"
        QUERY = "query", "Query with provider"
        REJECT = "reject", "Reject"

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()
    given_ref = models.CharField("reference on the invoice", max_length=40, blank=True)
    given_name = models.CharField("name on the invoice", max_length=120, blank=True)
    given_unit = models.CharField("unit on the invoice", max_length=40, blank=True)
    given_address = models.CharField("address on the invoice", max_length=200, blank=True)
    starts_on = models.DateField("first night")
    ends_on = models.DateField("morning of departure")
    stated_nights = models.PositiveIntegerField("nights it states", null=True)
    rate = models.DecimalField("nightly rate", max_digits=7, decimal_places=2, null=True)
    net = models.DecimalField(max_digits=9, decimal_places=2)
    vat = models.DecimalField("VAT", max_digits=9, decimal_places=2, default=0)
    gross = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, related_name="invoice_lines")
    matched = models.CharField("how the booking was found", max_length=12, choices=Matched, blank=True)
    codes = ArrayField(models.CharField(max_length=20), default=list)
    findings = models.JSONField(default=list)
    payable_nights = models.PositiveIntegerField(default=0)
    payable_net = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    payable_vat = models.DecimalField("payable VAT", max_digits=9, decimal_places=2, default=0)
    adjusted_nights = models.IntegerField("nights, by the decision", default=0)
    adjusted_net = models.DecimalField("net, by the decision", max_digits=9, decimal_places=2, default=0)
    adjusted_vat = models.DecimalField("VAT, by the decision", max_digits=9, decimal_places=2, default=0)
    decision = models.CharField(max_length=9, choices=Decision, default=Decision.UNDECIDED)
    reason = models.CharField("why it was decided so", max_length=300, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    query = models.ForeignKey(InvoiceQuery, models.PROTECT, null=True, related_name="lines")

    class Meta:
        verbose_name = "line of an invoice"
        constraints = [
            models.UniqueConstraint(fields=["invoice", "number"], name="invoice_line_once"),
            models.CheckConstraint(
                name="invoice_line_has_a_night",
                condition=Q(ends_on__gt=F("starts_on")),
                violation_error_message="The departure must be after the first night.",
            ),
            models.CheckConstraint(
                name="invoice_line_not_below_zero",
                condition=Q(net__gte=0, vat__gte=0),
                violation_error_message="A line below zero is a credit: it is not billed for nights.",
            ),
            models.CheckConstraint(name="invoice_line_codes_are_known", condition=Q(codes__contained_by=list(CODES))),
            models.CheckConstraint(
                name="invoice_line_pays_what_was_billed_at_most",
                condition=Q(payable_net__gte=0, payable_vat__gte=0)
                & Q(payable_net__lte=F("net"), payable_vat__lte=F("vat")),
            ),
            models.CheckConstraint(
                name="invoice_line_without_booking_pays_nothing",
                condition=Q(booking__isnull=False, matched__in=["ref", "name_unit", "name_address", "hand"])
                | Q(booking__isnull=True, matched="", payable_nights=0, payable_net=0, payable_vat=0),
            ),
            models.CheckConstraint(
                name="invoice_line_decision_is_known",
                condition=Q(
                    decision__in=["undecided", "pass", "as_billed", "short_pay", "but_away", "query", "reject"]
                ),
            ),
            models.CheckConstraint(
                name="invoice_line_decision_is_whole",
                condition=Q(decision__in=["undecided", "pass"], decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(decision="undecided") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="invoice_line_refused_says_why",
                condition=~Q(decision__in=["query", "reject"]) | ~Q(reason=""),
                violation_error_message="Say why the line is queried or rejected.",
            ),
            models.CheckConstraint(
                name="invoice_line_passes_as_billed",
                condition=~Q(decision="pass") | Q(payable_net=F("net"), payable_vat=F("vat")),
                violation_error_message=NOT_AS_BILLED,
            ),
            models.CheckConstraint(
                name="invoice_line_pays_what_was_decided",
                condition=Q(decision="as_billed", adjusted_nights=0)
                & Q(adjusted_net=F("net") - F("payable_net"), adjusted_vat=F("vat") - F("payable_vat"))
                | Q(decision="but_away", adjusted_nights__lt=0, adjusted_net__lte=0, adjusted_vat__lte=0)
                & Q(payable_nights__gt=-F("adjusted_nights"))
                & Q(payable_net__gte=-F("adjusted_net"), payable_vat__gte=-F("adjusted_vat"))
                | ~Q(decision__in=["as_billed", "but_away"]) & Q(adjusted_nights=0, adjusted_net=0, adjusted_vat=0),
                violation_error_message=NOT_WHAT_WAS_DECIDED,
            ),
        ]
        indexes = [models.Index(fields=["booking"], name="invoice_line_booking")]
        triggers = triggers.LINE

    def __str__(self) -> str:
        return f"line {self.number}"

    @property
    def paid_nights(self) -> int:
        """What is paid, or was, of a line that is passed in whole or part."""
        return self.payable_nights + self.adjusted_nights

    @property
    def paid_net(self) -> Decimal:
        return self.payable_net + self.adjusted_net

    @property
    def paid_vat(self) -> Decimal:
        return self.payable_vat + self.adjusted_vat


@tracked()
class NightClaim(models.Model):
    """Payable nights of a booking that a line claims. While it is live nobody else is paid for them."""

    line = models.ForeignKey(InvoiceLine, models.PROTECT, related_name="claims")
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="claims")
    starts_on = models.DateField("first night")
    ends_on = models.DateField("morning after the last night")
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="night_claim_has_a_night", condition=Q(ends_on__gt=F("starts_on"))),
            ExclusionConstraint(
                name="night_claimed_once",
                expressions=[
                    ("booking", RangeOperators.EQUAL),
                    (Days("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_live=True),
                violation_error_message=NIGHT_CLAIMED,
            ),
        ]
        triggers = triggers.CLAIM

    def __str__(self) -> str:
        return f"nights from {self.starts_on}"


@tracked()
class LineOverpayment(models.Model):
    """That what a line was overpaid, to this extent, is a line of an overpayment case."""

    line = models.ForeignKey(InvoiceLine, models.PROTECT, related_name="overpayments")
    overpayment = models.OneToOneField(OverpaymentLine, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"overpayment of line {self.line_id}"
