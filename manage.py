#!/usr/bin/env python
"""Runs the project's commands. Without DATABASE_URL they work on embedded services, which are started first."""

import os
import sys

from lewisham_ta.embedded import EmbeddedError
from lewisham_ta.start import before_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lewisham_ta.settings")
    try:
        before_command(sys.argv[1:])
    except EmbeddedError as error:
        sys.exit(str(error))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
