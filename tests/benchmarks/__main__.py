"""Measures against floors taken in the same run: `python -m tests.benchmarks [--large]`. `make bench` runs it.

Each size runs in a process of its own, so that its peak memory is its own, on services in a throw-away folder.
"""

import argparse
import os
import subprocess
import sys

SIZES, LARGE = (800, 30_000), 300_000
PAYEES = 450
LINES = 500_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--large", action="store_true", help=f"also {LARGE:,} leases, which takes some minutes")
    parser.add_argument("--leases", type=int, help="only this many")
    options = parser.parse_args()
    sizes = (options.leases,) if options.leases else (*SIZES, LARGE) if options.large else SIZES

    from tests import database

    database.choose_services()
    os.environ["DJANGO_SETTINGS_MODULE"] = "lewisham_ta.settings"
    import django

    django.setup()
    try:
        database.ensure_template()
        others = [("remittances", PAYEES), ("invoices", LINES)]
        runs = [("controc", leases) for leases in sizes] + ([] if options.leases else others)
        failed = 0
        for what, size in runs:
            database.fresh_clone()
            failed += subprocess.run([sys.executable, "-m", f"tests.benchmarks.{what}", str(size)]).returncode != 0
    finally:
        database.end_services()
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
