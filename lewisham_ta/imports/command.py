"""The command of an import: prints what loading a file would do, and with --confirm does it."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from lewisham_ta.imports import uploads, workbook
from lewisham_ta.imports.preview import Importer, Plan, State, wrong_lines
from lewisham_ta.management.base import OfficerCommand
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused

LISTED = 50  # a first load has thousands of new records of a kind: those are counted, not listed


class ImportCommand(OfficerCommand):
    """A subclass names its importer, and that importer's permission."""

    importer: Importer

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", help="the workbook")
        parser.add_argument("--confirm", action="store_true", help="load it; without this nothing is written")

    def act(self, *, by: User, now: datetime, **options: Any) -> None:
        path = Path(options["file"])
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Refused(f"{path} cannot be read: {error.strerror}.") from error
        with transaction.atomic():
            plan = self.importer.plan(workbook.read(content, path.name))
            self._print(plan)
            if plan.wrong:
                raise Refused(f"{path.name}: {plan.summary}")
            if options["confirm"] and plan.writes:
                uploads.load_now(importer=self.importer, name=path.name, content=content, plan=plan, by=by, now=now)
        if plan.writes:
            self.stdout.write("Loaded." if options["confirm"] else "Nothing was written. Load it with --confirm.")

    def _print(self, plan: Plan) -> None:
        for line in wrong_lines(plan.wrong):
            self.stdout.write(line)
        if plan.wrong:
            return
        for note in plan.notes:
            self.stdout.write(note)
        for cell in plan.doubtful:
            self.stdout.write("\t".join(["doubtful", *wrong_lines([cell])]))
        new = Counter(item.what for item in plan.items if item.state == State.NEW)
        for item in plan.items:
            if item.state != State.NEW or new[item.what] <= LISTED:
                self.stdout.write(str(item))
        for counts in plan.counts:
            said = ", ".join(f"{counts[state]:,} {state}" for state in State if counts[state])
            self.stdout.write(f"{counts['what']}: {said}")
        self.stdout.write(plan.summary)
