"""Hand a month's draft to the signatory."""

from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandParser

from lewisham_ta.management.base import OfficerCommand
from lewisham_ta.models import User
from payments.controc import commands, services


class Command(OfficerCommand):
    help = "Submits a month's landlord rent schedule for sign-off."
    permission = "payments.prepare_schedule"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        commands.add_month(parser)

    def act(self, *, by: User, now: datetime, month: date, supplementary: int, **options: Any) -> None:
        schedule = commands.schedule_of(month, supplementary)
        services.submit(schedule_id=schedule.pk, seen_version=schedule.version, by=by, now=now)
        self.stdout.write(f"{schedule} awaits sign-off.")
