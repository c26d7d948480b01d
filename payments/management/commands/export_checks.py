"""Write the checks of a month's invoices as a CSV file."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from lewisham_ta.management.base import PlainCommand
from payments.invoices import commands
from payments.invoices.exports.checks import checks_csv
from payments.invoices.selectors.lists import lines_checked_in


class Command(PlainCommand):
    help = "Writes what was billed and what is payable on each line of a month's invoices."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", type=commands.month, help="YYYY-MM")
        parser.add_argument("--to", required=True, type=Path, metavar="FILE", help="the file to write")

    def handle(self, *, month: date, to: Path, **options: Any) -> None:
        if not lines_checked_in(month).exists():
            raise CommandError(f"No invoice for {month:%B %Y} was checked.")
        try:
            to.write_bytes(checks_csv(month))
        except OSError as error:
            raise CommandError(f"{to} cannot be written: {error.strerror}.") from error
        self.stdout.write(str(to))
