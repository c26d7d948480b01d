"""Write a month's schedules as CSV files."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from lewisham_ta.management.base import PlainCommand
from payments.controc import commands, exports
from payments.controc.models import Schedule


class Command(PlainCommand):
    help = "Writes lines.csv, payees.csv and anomalies.csv of a month into a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", type=commands.month, help="YYYY-MM")
        parser.add_argument("--to", required=True, type=Path, metavar="DIR", help="folder, made if it is not there")

    def handle(self, *, month: date, to: Path, **options: Any) -> None:
        if not Schedule.objects.filter(month=month).exists():
            raise CommandError(f"{month:%B %Y} has not been generated.")
        try:
            to.mkdir(parents=True, exist_ok=True)
            for name, content in exports.plain_files(month).items():
                (to / name).write_bytes(content)
                self.stdout.write(str(to / name))
        except OSError as error:
            raise CommandError(f"{to} cannot be written: {error.strerror}.") from error
