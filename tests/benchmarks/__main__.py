"""Measures against floors taken in the same run: `python -m tests.benchmarks`. `make bench` runs it.

`python -m tests.benchmarks controc --large` also measures CONTROC with ten times London's leases.

Each size runs in a process of its own, so that its peak memory is its own, on services in a throw-away folder.
"""

import argparse
import os
import subprocess
import sys

# Leases, payees, lines.
SIZES = {"controc": (800, 30_000), "remittances": (450,), "invoices": (500_000,)}
LARGE = 300_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("what", nargs="*", help=f"only these of {', '.join(SIZES)}")
    parser.add_argument("--large", action="store_true", help=f"CONTROC of {LARGE:,} leases too, in three minutes more")
    parser.add_argument("--leases", type=int, help="CONTROC of this many alone")
    options = parser.parse_args()
    if unknown := set(options.what) - SIZES.keys():
        parser.error(f"there is no benchmark {unknown.pop()!r}")
    sizes = SIZES | ({"controc": (*SIZES["controc"], LARGE)} if options.large else {})
    if options.leases:
        sizes = {"controc": (options.leases,)}
    runs = [(what, size) for what in sizes if what in (options.what or sizes) for size in sizes[what]]

    from tests import database

    database.choose_services()
    os.environ["DJANGO_SETTINGS_MODULE"] = "lewisham_ta.settings"
    import django

    django.setup()
    try:
        database.ensure_template()
        failed = 0
        for what, size in runs:
            database.fresh_clone()
            failed += subprocess.run([sys.executable, "-m", f"tests.benchmarks.{what}", str(size)]).returncode != 0
    finally:
        database.end_services()
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
