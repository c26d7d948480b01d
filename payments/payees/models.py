"""Who is paid, into which account, and whether tax is withheld."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from contacts.models import Party
from lewisham_ta.models import User, all_or_none, tracked


@tracked()
class Payee(models.Model):
    """A party the council pays. `is_overseas` is null until somebody has recorded where the landlord lives."""

    class Remittance(models.TextChoices):
        PRINT = "print", "Print"
        EMAIL = "email", "E-mail"

    party = models.OneToOneField(Party, models.PROTECT, related_name="payee")
    supplier_number = models.CharField(max_length=30, blank=True)
    is_overseas = models.BooleanField("lives overseas", null=True)
    nrl_approval_ref = models.CharField("HMRC approval to pay gross", max_length=40, blank=True)
    remittance_by = models.CharField(max_length=10, choices=Remittance, default=Remittance.PRINT)

    class Meta:
        permissions = [("manage_payees", "Add and change payees"), ("see_bank_details", "See whole account numbers")]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier_number"],
                condition=~Q(supplier_number=""),
                name="payee_supplier_number_is_one_payee",
                violation_error_message="Another payee has this supplier number.",
            ),
            models.CheckConstraint(name="payee_remittance_is_known", condition=Q(remittance_by__in=["print", "email"])),
        ]

    def __str__(self) -> str:
        return f"payee {self.pk}"


@tracked()
class BankDetails(models.Model):
    """An account a payee asked to be paid into: requested, called back, approved by another person, cooled off.

    Rows are kept for good. At most one waits and at most one is current for a payee.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for approval"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"

    class Source(models.TextChoices):
        TYPED = "typed", "Typed"
        REGISTER = "register", "Register load"

    payee = models.ForeignKey(Payee, models.PROTECT, related_name="bank_details")
    sort_code = models.CharField(max_length=6)
    account_number = models.CharField(max_length=8)
    account_name = models.CharField(max_length=60)
    source = models.CharField(max_length=10, choices=Source)
    reason = models.CharField("why it changes", max_length=200, blank=True)
    modulus_verdict = models.CharField(max_length=200, blank=True)
    is_first = models.BooleanField("the payee had none before")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    called_back_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    called_back_at = models.DateTimeField(null=True)
    called_number = models.CharField(max_length=30, blank=True)
    call_note = models.CharField(max_length=200, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=200, blank=True)
    usable_from = models.DateTimeField("cooled off at", null=True)
    is_current = models.BooleanField(default=False)

    class Meta:
        verbose_name = verbose_name_plural = "bank details"
        permissions = [
            ("request_bank_change", "Ask for a bank detail change"),
            ("approve_bank_details", "Approve bank details that another person asked for"),
        ]
        constraints = [
            models.CheckConstraint(
                name="bank_sort_code_has_six_digits",
                condition=Q(sort_code__regex=r"^[0-9]{6}$"),
                violation_error_message="A sort code has six digits.",
            ),
            models.CheckConstraint(
                name="bank_account_number_has_eight_digits",
                condition=Q(account_number__regex=r"^[0-9]{8}$"),
                violation_error_message="An account number has eight digits.",
            ),
            models.CheckConstraint(
                name="bank_status_is_known", condition=Q(status__in=["waiting", "approved", "refused"])
            ),
            models.CheckConstraint(name="bank_source_is_known", condition=Q(source__in=["typed", "register"])),
            models.UniqueConstraint(
                fields=["payee"],
                condition=Q(status="waiting"),
                name="bank_one_request_waits",
                violation_error_message="A change of this payee's bank details is already waiting.",
            ),
            models.UniqueConstraint(fields=["payee"], condition=Q(is_current=True), name="bank_one_account_is_current"),
            models.CheckConstraint(
                name="bank_current_is_approved", condition=Q(is_current=False) | Q(status="approved")
            ),
            models.CheckConstraint(
                name="bank_approver_did_not_ask",
                condition=~Q(status="approved") | ~Q(decided_by=F("requested_by")),
                violation_error_message="You asked for this change, so someone else must approve it.",
            ),
            models.CheckConstraint(
                name="bank_decision_is_whole",
                condition=Q(status="waiting", decided_by__isnull=True, decided_at__isnull=True)
                | Q(status__in=["approved", "refused"], decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="bank_call_back_is_whole", condition=all_or_none("called_back_by", "called_back_at")
            ),
            models.CheckConstraint(
                name="bank_change_was_called_back",
                condition=~Q(status="approved") | Q(called_back_at__isnull=False) | Q(is_first=True, source="register"),
                violation_error_message="Record the call-back before this change is approved.",
            ),
            models.CheckConstraint(
                name="bank_approved_says_from_when", condition=~Q(status="approved") | Q(usable_from__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"bank details {self.pk}"


class ModulusWeight(models.Model):
    """A row of the published modulus weight table (VALACDOS): how accounts of a range of sort codes are checked."""

    place = models.PositiveIntegerField("row of the table")
    sort_code_from = models.CharField(max_length=6)
    sort_code_to = models.CharField(max_length=6)
    algorithm = models.CharField(max_length=5)
    weights = ArrayField(models.SmallIntegerField(), size=14)
    exception = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="modulus_algorithm_is_known", condition=Q(algorithm__in=["MOD10", "MOD11", "DBLAL"])
            )
        ]
        indexes = [models.Index(fields=["sort_code_from", "sort_code_to"], name="modulus_range")]

    def __str__(self) -> str:
        return f"{self.sort_code_from}-{self.sort_code_to} {self.algorithm}"


class SortCodeSubstitution(models.Model):
    """A row of the published substitution table (SCSUBTAB), used by exception 5."""

    sort_code = models.CharField(max_length=6, unique=True)
    substitute = models.CharField(max_length=6)

    def __str__(self) -> str:
        return f"{self.sort_code} as {self.substitute}"
