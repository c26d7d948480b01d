"""Say whether an account number can belong to a sort code."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from lewisham_ta.management.base import PlainCommand
from payments.payees.rules import check_account, clean_account_number, clean_sort_code
from payments.payees.selectors import modulus_table


class Command(PlainCommand):
    help = "Prints valid, invalid or not checkable, and why. Only malformed input is an error."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sort_code", metavar="SORTCODE", help="six digits; 08-99-99 and spaces are understood")
        parser.add_argument("account_number", metavar="ACCOUNT", help="eight digits")

    def handle(self, *args: Any, sort_code: str, account_number: str, **options: Any) -> None:
        try:
            account = clean_sort_code(sort_code), clean_account_number(account_number)
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(str(check_account(*account, modulus_table())))
