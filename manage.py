#!/usr/bin/env python
"""Runs the project's commands. Without DATABASE_URL they work on embedded services, which are started first."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from lewisham_ta.embedded import EmbeddedError
from lewisham_ta.start import before_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lewisham_ta.settings")
    try:
        before_command(sys.argv[1:])
        execute_from_command_line(sys.argv)
    except (EmbeddedError, ImproperlyConfigured) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
