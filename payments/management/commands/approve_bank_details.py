"""Approve the bank details that wait."""

from datetime import datetime
from typing import Any

from lewisham_ta.management.base import OfficerCommand
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused
from payments.payees import services


class Command(OfficerCommand):
    help = (
        "Approves all bank details that wait but those that the user asked for or loaded. By running it the user states"
        " that they rang each payee whose account changes on the number on file."
    )
    permission = "payments.approve_bank_details"

    def act(self, *, by: User, now: datetime, **options: Any) -> None:
        result = services.approve_all_waiting(by=by, now=now)
        if result.refused and not result.approved:
            who, why = result.refused[0]
            others = len(result.refused) - 1
            more = f" And {others} more." if others else ""
            raise Refused(f"Nothing was approved. {who}: {why}{more}")
        for who, why in result.refused:
            self.stdout.write(f"Not approved: {who}: {why}")
        self.stdout.write(f"Approved: {result.first} first, {result.changed} changed.")
