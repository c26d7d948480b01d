"""Generate a month's schedule in this process and print what it comes to."""

from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandParser

from lewisham_ta.management.base import OfficerCommand
from lewisham_ta.models import User
from payments.controc import commands, selectors, services


class Command(OfficerCommand):
    help = "Generates a month's landlord rent schedule, and prints its control totals and how many anomalies it has."
    permission = "payments.prepare_schedule"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        commands.add_month(parser)

    def act(self, *, by: User, now: datetime, month: date, supplementary: int, **options: Any) -> None:
        schedule = services.generate(month=month, number=supplementary, by=by, now=now)
        for line in commands.control_totals(selectors.control_totals(schedule)):
            self.stdout.write(line)
        self.stdout.write("")
        for count in selectors.anomaly_counts(schedule):
            self.stdout.write(f"{count.severity:<6}{count.code:<22}{count.all:>8,}")
