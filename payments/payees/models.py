"""Who is paid, into which account, and whether tax is withheld."""

from functools import reduce
from operator import or_

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from contacts.models import Party
from lewisham_ta.models import User, all_or_none, tracked
from payments.payees.rules import OWN_CALL_BACK


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


def _changed(*names: str) -> pgtrigger.Q:
    """A trigger's condition that one of these columns got another value."""
    return reduce(or_, (pgtrigger.Q(**{f"old__{name}__df": pgtrigger.F(f"new__{name}")}) for name in names))


@tracked()
class BankDetails(models.Model):
    """An account a payee asked to be paid into: requested, called back, approved by another person, cooled off.

    Rows are kept for good. At most one waits and at most one is current for a payee. The triggers stand between an
    approved account and the payments to it: what was asked for, and what was decided, is never changed afterwards.
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
    modulus_verdict = models.CharField("modulus check", max_length=200, blank=True)
    is_first = models.BooleanField("the payee had none before")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    called_back_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    called_back_at = models.DateTimeField(null=True)
    called_number = models.CharField("number that was called", max_length=30, blank=True)
    call_note = models.CharField("what was said on the call", max_length=200, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField("note of the decision", max_length=200, blank=True)
    usable_from = models.DateTimeField("cooled off at", null=True)
    is_current = models.BooleanField("account in use", default=False)

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
            models.CheckConstraint(  # there is no fourth status
                name="bank_decision_is_whole",
                condition=Q(status="waiting", decided_by__isnull=True, decided_at__isnull=True)
                | Q(status__in=["approved", "refused"], decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="bank_call_back_is_whole", condition=all_or_none("called_back_by", "called_back_at")
            ),
            models.CheckConstraint(
                name="bank_caller_did_not_ask",
                condition=Q(called_back_by__isnull=True) | ~Q(called_back_by=F("requested_by")),
                violation_error_message=OWN_CALL_BACK,
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
        triggers = [
            pgtrigger.Protect(
                name="bank_request_is_kept",
                operation=pgtrigger.Update,
                condition=_changed(
                    *("payee", "sort_code", "account_number", "account_name"),
                    *("source", "reason", "is_first", "requested_by", "requested_at"),
                ),
            ),
            pgtrigger.Protect(
                name="bank_decision_is_kept",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__status="waiting")
                & (
                    _changed("status", "decided_by", "decided_at", "decision_note", "usable_from", "modulus_verdict")
                    | _changed("called_back_by", "called_back_at", "called_number", "call_note")
                    | pgtrigger.Q(old__is_current=False, new__is_current=True)
                ),
            ),
            pgtrigger.Protect(name="bank_details_are_not_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"bank details {self.pk}"


class ModulusLoad(models.Model):
    """That the published tables were loaded, replacing those before. The latest one says how old they are."""

    loaded_at = models.DateTimeField()
    loaded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    weights = models.PositiveIntegerField()
    substitutions = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.weights} weights, {self.substitutions} substitutions"


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
