"""Loads the team's nightly-paid sheet, or says what loading it would change."""

from bookings.sheet.imports import NIGHTLY_PAID
from lewisham_ta.imports.command import ImportCommand


class Command(ImportCommand):
    help = "Prints what loading the nightly-paid sheet would change; with --confirm loads it."
    importer = NIGHTLY_PAID
    permission = NIGHTLY_PAID.permission
