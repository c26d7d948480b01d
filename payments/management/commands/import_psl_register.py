"""Loads the team's PSL register, or says what loading it would change."""

from lewisham_ta.imports.command import ImportCommand
from payments.leases.imports.register import PSL_REGISTER


class Command(ImportCommand):
    help = "Prints what loading the PSL register would change; with --confirm loads it."
    importer = PSL_REGISTER
    permission = PSL_REGISTER.permission
