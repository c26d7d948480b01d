"""CONTROC generated with all its checks, against one INSERT … SELECT of as many lines into the same table.

Run by `python -m tests.benchmarks`. Two earlier months are signed off, so that backdating, movements, balances and
used bank details have something to look at; one lease in fifty changed its rent in the month before.
"""

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from operator import truediv
from pathlib import Path
from typing import NamedTuple

RUNS, LARGE = 5, 300_000
JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)
NOW = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)

# A borough in SQL: the triggers that keep history are off meanwhile, the constraints are not.
BOROUGH = """
INSERT INTO contacts_party (ref, name, kind, email, telephone, address, vat_number)
  SELECT 'L' || n, 'Landlord ' || n, 'individual', '', '', '', '' FROM generate_series(1, %(payees)s) n;
INSERT INTO payments_payee (party_id, supplier_number, is_overseas, nrl_approval_ref, remittance_by)
  SELECT id, '', id %% 40 = 0, '', 'print' FROM contacts_party;
INSERT INTO payments_bankdetails (payee_id, sort_code, account_number, account_name, source, reason, modulus_verdict,
    is_first, status, requested_by_id, requested_at, called_number, call_note, decided_by_id, decided_at,
    decision_note, usable_from, is_current)
  SELECT id, '089999', lpad(id::text, 8, '0'), 'INVENTED', 'register', '', '', true, 'approved', %(officer)s,
    '2026-01-02', '', '', %(leader)s, '2026-01-02', '', '2026-01-02', true FROM payments_payee WHERE id %% 200 <> 0;
INSERT INTO payments_property (ref, uprn, address, postcode, bedrooms, kind, address_key)
  SELECT 'P' || n, '9099' || lpad(n::text, 8, '0'), n || ' Invented Street', 'SE6 9ZZ', 1 + n %% 4, 'Flat',
    n || ' INVENTED STREET' FROM generate_series(1, %(leases)s) n;
INSERT INTO payments_lease (ref, property_id, starts_on, ends_on, keys_returned_on, keys_day_paid, per, basis,
    cost_code)
  SELECT 'LS' || id, id, date '2021-06-01' + (id * 37 %% 1300)::int, date '2025-06-01' + (id * 61 %% 1500)::int,
    CASE WHEN id %% 30 = 0 THEN date '2026-09-01' + (id %% 29)::int END, id %% 5 <> 0, 'week',
    (ARRAY['days', '52/12', '365/84'])[1 + id %% 3], 'H4410-5520' FROM payments_property;
INSERT INTO payments_leasepayee (lease_id, payee_id, from_on, reason)
  SELECT id, (SELECT min(id) FROM payments_payee) + id %% %(payees)s, starts_on, '' FROM payments_lease;
INSERT INTO payments_leaserent (lease_id, from_on, amount, reason, set_by_id, set_at)
  SELECT id, starts_on, 250 + id %% 300, '', %(officer)s, timestamptz '2026-01-02' FROM payments_lease
  UNION ALL
  SELECT id, date '2026-09-01' + (id %% 29)::int, 300 + id %% 300, '', %(officer)s, timestamptz '2026-01-02'
  FROM payments_lease WHERE id %% 20 = 0 AND starts_on < '2026-09-01';
INSERT INTO payments_suspension (lease_id, starts_on, ends_on, reason)
  SELECT id, '2026-09-09', '2026-09-16', 'Invented' FROM payments_lease WHERE id %% 40 = 1;
INSERT INTO payments_hold (lease_id, starts_on, ends_on, reason, must_act)
  SELECT id, '2026-08-20', CASE WHEN id %% 2 = 0 THEN date '2026-09-10' END, 'Invented', ''
  FROM payments_lease WHERE id %% 50 IN (2, 3);
INSERT INTO payments_adjustment (lease_id, month, kind, amount, narrative)
  SELECT id, '2026-09-01', 'recharge', 50, 'Invented' FROM payments_lease WHERE id %% 25 = 4;
INSERT INTO payments_certificate (property_id, kind, issued_on, expires_on)
  SELECT id, which, '2025-10-01', date '2026-01-01' + (id * 7 %% 3000)::int
  FROM payments_property, unnest(ARRAY['gas', 'eicr', 'epc']) which;
"""
LATE = "UPDATE payments_leaserent SET amount = amount + 5 WHERE lease_id %% 50 = 5 AND from_on < '2026-09-01'"
# Signed off without pack and payments, which are not what is measured here.
SIGN = """
UPDATE payments_schedule SET status = 'signed_off', submitted_by_id = %(officer)s, submitted_at = now(),
  signed_off_by_id = %(leader)s, signed_off_at = now(), pack_pdf_id = %(file)s, pack_xlsx_id = %(file)s
"""
# The floor of stack.md: one statement, all sums in SQL, no checks. A line a lease, so it is compared row by row.
FLOOR = """
INSERT INTO payments_scheduleline (schedule_id, lease_id, payee_id, kind, for_month, starts_on, ends_on, days, rent,
    per, basis, amount, is_held, held_because, cost_code, lease_rent_id)
  SELECT %s, l.id, p.payee_id, 'rent', '2026-09-01', d.starts_on, d.ends_on, d.ends_on - d.starts_on, r.amount,
    l.per, l.basis, round(r.amount * (d.ends_on - d.starts_on) * CASE l.basis WHEN 'days' THEN 1 / 7.0
      WHEN '52/12' THEN 52 / 12.0 / 30 ELSE 365 / 84.0 / 30 END, 2), false, '', l.cost_code, r.id
  FROM payments_lease l
  JOIN LATERAL (SELECT greatest(l.starts_on, date '2026-09-01') AS starts_on,
      least(l.keys_returned_on + l.keys_day_paid::int, date '2026-10-01') AS ends_on) d ON d.starts_on < d.ends_on
  JOIN LATERAL (SELECT id, amount FROM payments_leaserent WHERE lease_id = l.id AND from_on <= d.starts_on
      ORDER BY from_on DESC LIMIT 1) r ON true
  JOIN LATERAL (SELECT payee_id FROM payments_leasepayee WHERE lease_id = l.id AND from_on <= d.starts_on
      ORDER BY from_on DESC LIMIT 1) p ON true
"""


def main(leases: int) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "lewisham_ta.settings"
    import django

    django.setup()
    return measure(leases)


def measure(leases: int) -> int:
    from django.db import connection

    from payments.controc import services
    from payments.models import Anomaly, Schedule, ScheduleLine

    officer = fill(leases)
    generations, floors = [], []
    for _ in range(RUNS if leases < LARGE else 1):
        generations.append(taken(lambda: services.generate(month=SEPTEMBER, by=officer, now=NOW)))
        schedule = Schedule.objects.get(month=SEPTEMBER)
        lines = ScheduleLine.objects.filter(schedule=schedule).count()
        anomalies = Anomaly.objects.filter(schedule=schedule).count()
        sql("DELETE FROM payments_scheduleline WHERE schedule_id = %s", [schedule.pk])
        tidy()
        took = taken(lambda key=schedule.pk: sql(FLOOR, [key]))
        as_many = lines / ScheduleLine.objects.filter(schedule=schedule).count()
        floors.append(Taken(took.seconds * as_many, took.processor * as_many))
        services.discard(schedule_id=schedule.pk, seen_version=schedule.version, by=officer, now=NOW)
        tidy()
    connection.close()
    generated, floor = middle(generations), middle(floors)
    # Of each generation to the floor taken next to it: what else the machine is busy with comes and goes.
    pairs = zip(generations, floors, strict=True)
    ratio = middle([Taken(*map(truediv, generation, floor)) for generation, floor in pairs])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print_row = sys.stdout.write
    print_row(
        f"CONTROC, {leases:,} leases: {lines:,} lines and {anomalies:,} anomalies in {generated.seconds:.2f} s "
        f"({lines / generated.seconds:,.0f} lines a second, {generated.seconds / leases * 1e6:,.0f} µs a lease); floor "
        f"{floor.seconds:.2f} s, ratio {ratio.seconds:.1f}; of processor, with the database's, "
        f"{generated.processor:.2f} s and {floor.processor:.2f} s, ratio {ratio.processor:.1f}; "
        f"peak memory {memory:,.0f} MB\n"
    )
    missed = []
    if leases <= 800 and generated.seconds > 1:
        missed.append("about a second")
    if leases == 30_000 and ratio.seconds > 3:
        missed.append("3 × floor")
    if leases <= 30_000 and memory > 400:
        missed.append("400 MB")
    if grows_faster(leases, generated.processor):
        missed.append("cost grows no faster than the leases")
    for mark in missed:
        print_row(f"  over the mark: {mark}\n")
    sys.stdout.flush()
    return len(missed)


def grows_faster(leases: int, processor: float) -> bool:
    """Whether a lease costs more than at a smaller size of the same run; a quarter is left for deeper indexes."""
    kept = Path(os.environ["TA_DATA_DIR"]) / "controc.json"
    costs = json.loads(kept.read_text()) if kept.exists() else {}
    kept.write_text(json.dumps(costs | {leases: processor / leases}))
    return any(int(size) < leases and processor / leases > 1.25 * cost for size, cost in costs.items())


def fill(leases: int):
    """The borough, with July and August signed off. Returns the officer."""
    from lewisham_ta import files
    from lewisham_ta.models import User
    from payments.controc import services

    officer, leader = (
        User.objects.create(username=name, is_superuser=True) for name in ("bench-officer", "bench-leader")
    )
    file = files.store("none", b"", "text/plain", None, NOW)
    values = {"leases": leases, "payees": max(1, leases * 6 // 10), "officer": officer.pk, "leader": leader.pk}
    quietly(BOROUGH, values)
    tidy()
    for month in (JULY, AUGUST):
        services.generate(month=month, by=officer, now=NOW)
        quietly(SIGN + "WHERE status = 'draft'", values | {"file": file.pk})
        quietly(
            "UPDATE payments_payeetotal t SET bank_details_id = b.id FROM payments_bankdetails b "
            "WHERE b.payee_id = t.payee_id AND t.net > 0",
            {},
        )
    quietly(LATE, {})
    tidy()
    return officer


def quietly(statements: str, values: dict) -> None:
    """Run the statements without triggers, the keys' included: a borough made here has no wrong ones."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements.split(";"):
            if statement.strip():
                cursor.execute(statement, values)


def sql(statement: str, values: list | None = None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def tidy() -> None:
    sql("VACUUM ANALYZE")
    sql("CHECKPOINT")


class Taken(NamedTuple):
    """Seconds by the clock, and seconds of processor."""

    seconds: float
    processor: float


def middle(runs: list[Taken]) -> Taken:
    return Taken(*map(statistics.median, zip(*runs, strict=True)))


def taken(work: Callable[[], object]) -> Taken:
    before = time.perf_counter(), processor()
    work()
    return Taken(time.perf_counter() - before[0], processor() - before[1])


def processor() -> float:
    """Seconds used so far by this process and by the database's that serves it, which is on the same machine."""
    from django.db import connection

    connection.ensure_connection()
    with open(f"/proc/{connection.connection.info.backend_pid}/schedstat") as stat:
        return time.process_time() + int(stat.read().split()[0]) / 1e9


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
