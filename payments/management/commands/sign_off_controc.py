"""Decide what is open, and sign a month's schedule off."""

from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from lewisham_ta.management.base import OfficerCommand
from lewisham_ta.models import User
from payments.controc import commands, selectors, services
from payments.controc.models import Anomaly


class Command(OfficerCommand):
    help = "Signs a month's landlord rent schedule off. Refuses who prepared it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        commands.add_month(parser)
        parser.add_argument("--accept", metavar="REASON", default="", help="accept every open CHECK with this reason")
        parser.add_argument("--hold", metavar="REASON", default="", help="hold every open STOP with this reason")

    @transaction.atomic
    def act(
        self,
        *,
        by: User,
        now: datetime,
        month: date,
        supplementary: int,
        accept: str = "",
        hold: str = "",
        **options: Any,
    ) -> None:
        schedule = commands.schedule_of(month, supplementary)
        open_ = selectors.open_anomalies(schedule)
        for severity, decision, reason in (
            (Anomaly.Severity.STOP, Anomaly.Decision.HELD, hold),
            (Anomaly.Severity.CHECK, Anomaly.Decision.ACCEPTED, accept),
        ):
            ids = list(open_.filter(severity=severity).values_list("pk", flat=True)) if reason else []
            if ids:
                services.decide(anomaly_ids=ids, decision=decision, reason=reason, by=by, now=now)
        schedule.refresh_from_db(fields=["version"])
        schedule = services.sign_off(schedule_id=schedule.pk, seen_version=schedule.version, by=by, now=now)
        for line in commands.control_totals(selectors.control_totals(schedule)):
            self.stdout.write(line)
        self.stdout.write(f"\n{schedule} is signed off.")
