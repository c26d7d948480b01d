"""The tables of payees and of the accounts that wait."""

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from lewisham_ta import icons, tables
from lewisham_ta.templatetags.ta import when
from payments.payees.models import Payee
from payments.payees.rules import Outcome, TaxStatus, Verdict, tax_status
from payments.payees.selectors import Request

TAX_WORDS = {TaxStatus.PAY_GROSS: "Gross", TaxStatus.WITHHOLD: "Tax withheld", TaxStatus.UNKNOWN: "Not recorded"}
TAX_TONES = {TaxStatus.WITHHOLD: "info", TaxStatus.UNKNOWN: "error"}
VERDICT_TONES = {Outcome.VALID: "ok", Outcome.INVALID: "error"}


class PayeeTable(tables.Table):
    caption, noun, empty = "Payees", "Payees", "No payee is like that."
    ref = tables.Column(
        "Reference", accessor="party__ref", linkify=lambda record: reverse("payees:detail", args=[record.party.ref])
    )
    name = tables.Column("Name", accessor="party__name")
    kind = tables.Column("Kind", accessor="party__kind")
    supplier_number = tables.Column("Supplier no.")
    telephone = tables.Column("Telephone", accessor="party__telephone", orderable=False)
    email = tables.Column("E-mail", accessor="party__email", orderable=False)
    remittance_by = tables.Column("Remittance by")
    tax = tables.Column("NRL", accessor="pk", orderable=False)
    bank = tables.Column("Bank details", accessor="pk", orderable=False)

    def render_kind(self, record: Payee) -> str:
        return record.party.get_kind_display()

    def render_tax(self, record: Payee) -> SafeString:
        status = tax_status(record.is_overseas, record.nrl_approval_ref, record.party.kind)
        return icons.tag(TAX_WORDS[status], TAX_TONES.get(status, "neutral"))

    def value_tax(self, record: Payee) -> str:
        return TAX_WORDS[tax_status(record.is_overseas, record.nrl_approval_ref, record.party.kind)]

    def render_bank(self, record: Payee) -> SafeString:
        words = self.value_bank(record)
        tone = "warning" if record.has_waiting else "neutral" if record.has_account else "error"
        return icons.tag(words, tone)

    def value_bank(self, record: Payee) -> str:
        if record.has_waiting:
            return "Change waits" if record.has_account else "First waits"
        return "In use" if record.has_account else "None"


class _RequestTable(tables.Table):
    ref = tables.Column(
        "Payee",
        accessor="details__payee__party__ref",
        linkify=lambda record: reverse("payees:request", args=[record.pk]),
        orderable=False,
    )
    name = tables.Column("Name", accessor="details__payee__party__name", orderable=False)
    account = tables.Column("Asked for", orderable=False)
    account_name = tables.Column("Account name", accessor="details__account_name", orderable=False)
    verdict = tables.Column("Modulus check", orderable=False)
    requested_by = tables.Column("By", accessor="details__requested_by", orderable=False)
    requested_at = tables.WhenColumn("When", accessor="details__requested_at", orderable=False)

    def render_verdict(self, value: Verdict) -> SafeString:
        return icons.tag(value.outcome.capitalize(), VERDICT_TONES.get(value.outcome, "neutral"))

    def tone(self, record: Request) -> str:
        if record.verdict.is_invalid or record.number_is_too_new:
            return "error"
        return "warning" if record.refusal else ""

    def reason(self, record: Request) -> str:
        return record.refusal


class FirstTable(_RequestTable):
    caption, noun = "First accounts from the register", "Accounts"
    empty = "No first account waits."
    per_page_shown = 500  # a whole first load is approved on one page
    pick = tables.CheckColumn(label="details__payee__party__ref")

    class Meta:
        sequence = ("pick", "...")

    def render_pick(self, value: Any, record: Request, bound_column: Any) -> SafeString | str:
        """A box only where this person may approve the row."""
        return "" if record.refusal else bound_column.column.render(value, record, self)


class ChangeTable(_RequestTable):
    caption, noun = "Changes, and first accounts that were typed", "Requests"
    empty = "No change waits."
    account_in_use = tables.Column("In use now", orderable=False)
    call_back = tables.Column("Call-back", orderable=False)

    class Meta:
        sequence = ("ref", "name", "account_in_use", "...")

    def render_call_back(self, value: str, record: Request) -> SafeString:
        return icons.tag(value, "ok" if record.details.called_back_at else "warning")

    def reason(self, record: Request) -> str:
        if not record.number_is_too_new:
            return record.refusal
        changed = record.contact.telephone
        return f"The telephone number on file was changed {when(changed.at)} by {changed.who}. {record.refusal}"
