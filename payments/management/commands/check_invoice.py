"""Check a provider's invoice against the bookings, and load it."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from bookings.models import Provider
from lewisham_ta.imports.preview import wrong_lines
from lewisham_ta.management.base import OfficerCommand
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, refuse_if
from payments.invoices import commands, services
from payments.invoices.imports.files import read_file
from payments.invoices.imports.reading import layout_refusal
from payments.invoices.rules.billing import InFile
from payments.invoices.services.checking import CHECK


class Command(OfficerCommand):
    help = "Prints what the check of an invoice finds; with --confirm loads it, and remembers how the file is read."
    permission = CHECK

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", type=Path, help="the provider's file")
        parser.add_argument("--provider", required=True, metavar="REF", help="reference of the provider")
        parser.add_argument("--number", required=True, metavar="NO", help="number of the invoice")
        parser.add_argument("--received", required=True, type=commands.day, metavar="YYYY-MM-DD", help="day of receipt")
        parser.add_argument("--confirm", action="store_true", help="load it; without this nothing is written")

    def act(self, *, by: User, now: datetime, **options: Any) -> None:
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Refused(f"{path} cannot be read: {error.strerror}.") from error
        provider = Provider.objects.select_related("party").filter(party__ref=options["provider"]).first()
        if provider is None:
            raise Refused(f"There is no provider with the reference {options['provider']}.")
        with transaction.atomic():
            is_new = self._check(provider, content, path.name, options["number"], options["received"], by=by, now=now)
            if not options["confirm"]:
                transaction.set_rollback(True)
        if is_new:
            self.stdout.write("Loaded." if options["confirm"] else "Nothing was written. Load it with --confirm.")
        else:
            self.stdout.write("This file is loaded already under this number: nothing changes.")

    def _check(
        self, provider: Provider, content: bytes, name: str, number: str, received: date, *, by: User, now: datetime
    ) -> bool:
        """Read, check and load; whoever calls takes it back where it was not confirmed. Returns whether it is new."""
        reading = read_file(content, name, provider=provider)
        for line in [*commands.layout_words(reading), *wrong_lines(reading.wrong)]:
            self.stdout.write(line)
        if reading.wrong:
            raise Refused(f"{name} has {len(reading.wrong)} wrong cells, so nothing of it is loaded.")
        refuse_if(layout_refusal(reading))
        if not reading.is_known:
            services.confirm_layout(provider=provider, mapping=reading.layout.to_json(), by=by, now=now)
        loaded = services.load_invoice(
            provider=provider,
            number=number,
            received_on=received,
            lines=reading.lines,
            dated_on=reading.dated_on,
            stated_total=reading.stated_total,
            file=(name, content),
            in_file=InFile(reading.number, reading.stated_total),
            by=by,
            now=now,
        )
        for line in commands.check_words(loaded.invoice):
            self.stdout.write(line)
        return loaded.is_new
