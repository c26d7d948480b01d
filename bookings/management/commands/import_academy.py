"""Loads an extract from Academy, or says what loading it would change."""

from bookings.academy.imports import ACADEMY_EXTRACT
from lewisham_ta.imports.command import ImportCommand


class Command(ImportCommand):
    help = "Prints what loading the Academy extract would change; with --confirm loads it."
    importer = ACADEMY_EXTRACT
    permission = ACADEMY_EXTRACT.permission
