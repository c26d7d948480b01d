"""What is typed about payees and their accounts: whether it is well formed, and no more than that."""

from collections.abc import Callable
from typing import Any

from django import forms

from contacts.models import Party
from lewisham_ta.fields import TELEPHONE, is_key
from payments.payees.models import Payee
from payments.payees.rules import PayeeFacts, clean_account_number, clean_sort_code
from payments.payees.selectors import Account

NOT_RECORDED, IN_UK, OVERSEAS = "", "no", "yes"
LIVES = [(NOT_RECORDED, "Not recorded"), (IN_UK, "In the UK"), (OVERSEAS, "Overseas")]
IS_OVERSEAS = {NOT_RECORDED: None, IN_UK: False, OVERSEAS: True}


def _party(name: str) -> Any:
    return Party._meta.get_field(name).max_length  # type: ignore[union-attr]


def _payee(name: str) -> Any:
    return Payee._meta.get_field(name).max_length  # type: ignore[union-attr]


class PayeeForm(forms.Form):
    """The facts about a payee. `seen` tells whether somebody else changed them meanwhile."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(max_length=_party("name"))
    kind = forms.ChoiceField(choices=[("", "Choose one"), *Party.Kind.choices])
    telephone = forms.CharField(
        max_length=_party("telephone"),
        required=False,
        validators=[TELEPHONE],
        help_text="The number that is rung before an account is changed. A new number confirms nothing for a while.",
    )
    email = forms.EmailField(label="E-mail", max_length=_party("email"), required=False)
    address = forms.CharField(max_length=_party("address"), required=False)
    remittance_by = forms.ChoiceField(label="Remittance advice by", choices=Payee.Remittance.choices, initial="print")
    supplier_number = forms.CharField(max_length=_payee("supplier_number"), required=False)
    vat_number = forms.CharField(label="VAT number", max_length=_party("vat_number"), required=False)
    is_overseas = forms.ChoiceField(
        label="Lives",
        choices=LIVES,
        required=False,
        help_text="For a company, where its main office is. Rent is not paid until this is recorded.",
    )
    nrl_approval_ref = forms.CharField(
        label="HMRC approval to pay gross",
        max_length=_payee("nrl_approval_ref"),
        required=False,
        help_text="The reference of HMRC's letter. Without one, tax is withheld from a payee overseas.",
    )

    def facts(self) -> PayeeFacts:
        typed = {name: value for name, value in self.cleaned_data.items() if name in PayeeFacts.__slots__}
        return PayeeFacts(**typed | {"is_overseas": IS_OVERSEAS[typed["is_overseas"]]})

    @staticmethod
    def initial_from(facts: PayeeFacts) -> dict[str, Any]:
        shown = {name: getattr(facts, name) for name in PayeeFacts.__slots__}
        lives = next(typed for typed, stored in IS_OVERSEAS.items() if stored is facts.is_overseas)
        return shown | {"is_overseas": lives, "seen": facts.fingerprint}


class AddPayee(PayeeForm):
    """A new payee: its reference is given once and kept."""

    ref = forms.RegexField(
        r"^(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9/.-]*$",
        label="Reference",
        max_length=_party("ref"),
        help_text="As in the register, such as L0451.",
        error_messages={"invalid": "Use letters, digits, and - / . between them, with at least one digit."},
    )
    field_order = ["ref"]

    def clean_ref(self) -> str:
        return self.cleaned_data["ref"].upper()


class ChangePayee(PayeeForm):
    why = forms.CharField(
        label="Why it changes", max_length=200, required=False, help_text="For example: their letter of 20 November."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in PayeeFacts.__slots__:  # what the page showed is sent too, and tells what the person touched
            self.fields[name].show_hidden_initial = True

    def take_over(self) -> list[str]:
        """After somebody else's change: what was not touched takes the value that is recorded now, and the page shows
        the present version from here on. Returns the fields in which what was typed is another value."""
        touched = set(self.changed_data)
        data = self.data.copy()
        data["seen"] = self.initial["seen"]
        for name in PayeeFacts.__slots__:
            if name not in touched:
                data[name] = self.initial[name]
            data[self[name].html_initial_name] = self.initial[name]
        self.data = data
        return [name for name in self.fields if name in touched and data.get(name) != self.initial.get(name, "")]


class _Digits(forms.CharField):
    """Digits that may be typed with hyphens and spaces."""

    def __init__(self, clean: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)
        self._clean_digits = clean
        self.widget.attrs |= {"autocomplete": "off", "inputmode": "numeric"}

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return self._clean_digits(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class CheckAccount(forms.Form):
    sort_code = _Digits(clean_sort_code, help_text="Six digits, such as 08-99-99.")
    account_number = _Digits(clean_account_number, help_text="Eight digits.")


class RequestChange(CheckAccount):
    """Another account. `seen_current` tells whether the one in use changed meanwhile."""

    seen_current = forms.IntegerField(widget=forms.HiddenInput, required=False)
    account_name = forms.CharField(
        max_length=60, help_text="As the bank has it. Central Payments' file shows its first 18 letters."
    )
    reason = forms.CharField(label="Why it changes", max_length=200, help_text="Who asked, how and when.")

    def account(self) -> Account:
        return Account(*(self.cleaned_data[name] for name in Account._fields))


class CallBack(forms.Form):
    """That the payee was rung. The number is not typed: `seen_number` is the one that stood on the page."""

    seen_number = forms.CharField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(label="Who confirmed it", max_length=200, help_text="Whom you spoke to, and what they said.")


class Refuse(forms.Form):
    reason = forms.CharField(label="Why it is refused", max_length=200)


class Chosen(forms.Form):
    """The ticked rows of the approval page."""

    selected = forms.TypedMultipleChoiceField(coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ticked = self.data.getlist("selected") if hasattr(self.data, "getlist") else []
        self.fields["selected"].choices = [(value, value) for value in ticked if is_key(value)]


class PayeeFilter(forms.Form):
    q = forms.CharField(label="Find", required=False)
    kind = forms.ChoiceField(choices=[("", "All kinds"), *Party.Kind.choices], required=False)
    lives = forms.ChoiceField(
        choices=[("", "Anywhere"), ("overseas", "Overseas"), ("unknown", "Not recorded")], required=False
    )
    bank = forms.ChoiceField(
        label="Bank details",
        choices=[("", "Any"), ("none", "None in use"), ("waiting", "A request waits")],
        required=False,
    )


class LoadTable(forms.Form):
    valacdos = forms.FileField(label="Weight table (VALACDOS)")
    scsubtab = forms.FileField(label="Substitution table (SCSUBTAB)")
