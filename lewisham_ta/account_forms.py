"""django-allauth's forms in the house style: labels in sentence case, and no placeholder that repeats them."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms


class HouseStyle(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
            field.label = str(field.label).capitalize()


class LoginForm(HouseStyle, account.LoginForm):
    pass


class ChangePasswordForm(HouseStyle, account.ChangePasswordForm):
    pass


class SetPasswordForm(HouseStyle, account.SetPasswordForm):
    pass


class ReauthenticateForm(HouseStyle, account.ReauthenticateForm):
    pass


class CodeForm(HouseStyle, mfa.AuthenticateForm):
    pass


class ReauthenticateByCodeForm(HouseStyle, mfa.ReauthenticateForm):
    pass


class ActivateForm(HouseStyle, totp.ActivateTOTPForm):
    pass
