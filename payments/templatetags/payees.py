"""How an account is written on a page: whole only for people who may see it."""

from django import template

from payments.payees.models import BankDetails
from payments.payees.selectors import account_words

register = template.Library()


@register.simple_tag
def account(details: BankDetails, whole: bool) -> str:
    return account_words(details, whole=whole)
