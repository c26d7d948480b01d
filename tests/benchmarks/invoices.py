"""The invoice check: a thousand lines with few and with a million claimed nights, and half a million in bulk.

The floor of the bulk check is the SQL join that matches as many lines to their bookings and works out the nights in
common and their price, every row of it fetched.
"""

import os
import resource
import statistics
import sys
from collections import deque
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from time import perf_counter

NOW = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
STAYS, LINES, RUNS = 1_500, 1_000, 3
CLAIMS, NIGHTS = 100_000, 10
HEADINGS = ["Booking ref", "Guest", "Arrival", "Departure", "Nights", "Rate", "Amount"]
BULK_BOOKINGS = 100_000

FLOOR = """
SELECT l.id, b.id, l.starts_on, l.ends_on, b.starts_on, b.ends_on, l.net, n.nights, least(l.net, r.amount * n.nights)
  FROM payments_invoiceline l
  JOIN bookings_booking b ON b.ref = l.given_ref
  JOIN bookings_bookingrate r ON r.booking_id = b.id
  CROSS JOIN LATERAL (SELECT greatest(0,
    least(l.ends_on, coalesce(b.ends_on, l.ends_on)) - greatest(l.starts_on, b.starts_on)) AS nights) n
"""


def main(lines: int) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "lewisham_ta.settings"
    import django

    django.setup()
    return measure(lines)


def measure(lines: int) -> int:
    from django.db import connection

    officer = fill(STAYS, first=0)
    _books.update({number: book(number) for number in range(2 * RUNS)})
    few = [timed(lambda number=number: one_invoice(number, officer)) for number in range(RUNS)]
    claim_a_million(officer)
    many = [timed(lambda number=number: one_invoice(RUNS + number, officer)) for number in range(RUNS)]
    alone, crowded = statistics.median(few), statistics.median(many)
    say = sys.stdout.write
    say(
        f"Invoices, {LINES:,} lines against {STAYS:,} bookings: {alone:.2f} s read, checked and claimed; with "
        f"{CLAIMS * NIGHTS:,} claimed nights {crowded:.2f} s, ratio {crowded / alone:.2f}\n"
    )
    fill(BULK_BOOKINGS, first=STAYS)
    bill(lines)
    floors, seconds = [], []
    for _ in range(RUNS):
        floors.append(timed(floor))
        seconds.append(timed(in_bulk))
    bulk, join = statistics.median(seconds), statistics.median(floors)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(
        f"Invoices in bulk, {lines:,} lines against {BULK_BOOKINGS:,} bookings: {bulk:.1f} s; floor, the SQL join, "
        f"{join:.1f} s, ratio {bulk / join:.1f}; peak memory {memory:,.0f} MB\n"
    )
    connection.close()
    missed = []
    if alone > 3:
        missed.append("3 seconds for an invoice")
    if crowded > 1.5 * alone:
        missed.append("1.5 × with a million claimed nights")
    if bulk > 3 * join:
        missed.append("3 × floor in bulk")
    if missed:
        say(f"Missed: {', '.join(missed)}\n")
    return 1 if missed else 0


def timed(act) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


def sql(statement: str, values=()) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def fill(stays: int, *, first: int):
    """A provider, and as many open bookings from June with a rate, a resident and a live Academy account."""
    from bookings.models import Provider
    from contacts.models import Party
    from lewisham_ta import roles
    from lewisham_ta.models import User

    user, is_new = User.objects.get_or_create(username="bench")
    if is_new:
        roles.sync_roles()
        user.groups.add(*user.groups.model.objects.filter(name=roles.OFFICER))
        party = Party.objects.create(ref="PRBENCH", name="Invented Rooms Ltd", kind="provider")
        Provider.objects.create(party=party, supplier_number="700999", vat="exempt")
    provider = Provider.objects.get(party__ref="PRBENCH").pk
    span = [first, first + stays - 1]
    sql(
        """INSERT INTO bookings_household (ref, case_ref, service, adults, children, is_pregnant, telephone, email,
            needs, risk, is_confidential)
        SELECT 'HB' || n, '', 'homeless', 1, 0, false, '', '', '', '', false FROM generate_series(%s, %s) n""",
        span,
    )
    sql(
        """INSERT INTO bookings_member (household_id, forename, surname, ni_number, is_main)
        SELECT id, 'Ada', 'Invented' || ref, '', true FROM bookings_household
        WHERE substr(ref, 3)::int BETWEEN %s AND %s""",
        span,
    )
    sql(
        """INSERT INTO bookings_unit (ref, provider_id, address, postcode, address_key, district, brma, size,
            is_self_contained, is_bed_and_breakfast, features, grade)
        SELECT 'UB' || n, %s, n || ' Bench Road', 'SE6 9ZY', n || ' BENCH ROAD SE69ZY', '', '', '1', true, false, '', ''
        FROM generate_series(%s, %s) n""",
        [provider, *span],
    )
    sql(
        """INSERT INTO bookings_booking (ref, household_id, unit_id, starts_on, status, service, academy_ref,
            authorised_by, is_split, split_reason, cap_reason, ended_reason, booked_by_id, booked_at, version,
            departed_by_sheet)
        SELECT 'BB' || n, h.id, u.id, '2026-06-01', 'booked', 'homeless', 'AB' || n, '', false, '', '', '', %s, now(),
            1, false
        FROM generate_series(%s, %s) n JOIN bookings_household h ON h.ref = 'HB' || n
        JOIN bookings_unit u ON u.ref = 'UB' || n""",
        [user.pk, *span],
    )
    sql(
        """INSERT INTO bookings_bookingrate (booking_id, from_on, amount, reason, set_by_id, set_at)
        SELECT id, starts_on, 60 + id %% 40, '', %s, now() FROM bookings_booking
        WHERE substr(ref, 3)::int BETWEEN %s AND %s""",
        [user.pk, *span],
    )
    sql(
        """INSERT INTO bookings_academyaccount (claim_ref, surname, forename, ni_number, address, postcode, status,
            is_gone)
        SELECT 'AB' || n, 'Invented', 'Ada', '', '', '', 'live', false FROM generate_series(%s, %s) n""",
        span,
    )
    tidy()
    return user


def tidy() -> None:
    for table in ("bookings_booking", "bookings_bookingrate", "payments_invoiceline", "payments_nightclaim"):
        sql(f"VACUUM ANALYZE {table}")


def one_invoice(number: int, officer) -> None:
    """A workbook of a thousand lines of three nights, nearly all as agreed, read and loaded."""
    from bookings.models import Provider
    from payments.invoices import services
    from payments.invoices.imports.files import read_file

    content = _books[number]
    provider = Provider.objects.select_related("party").get(party__ref="PRBENCH")
    reading = read_file(content, "bench.xlsx", provider=provider)
    loaded = services.load_invoice(
        provider=provider,
        number=f"BENCH-{number}",
        received_on=NOVEMBER,
        lines=reading.lines,
        file=("bench.xlsx", content),
        by=officer,
        now=NOW,
    )
    assert loaded.invoice.lines.filter(decision="pass").count() == LINES * 9 // 10


_books: dict[int, bytes] = {}


def book(number: int) -> bytes:
    from openpyxl import Workbook

    from bookings.models import BookingRate

    sheet = Workbook(write_only=True)
    page = sheet.create_sheet("Invoice")
    page.append(HEADINGS)
    rows = BookingRate.objects.order_by("booking").values_list("booking__ref", "amount")[:LINES]
    first = OCTOBER + timedelta(4 * number)
    for place, (ref, amount) in enumerate(rows):
        rate = amount + 1 if place % 10 == 0 else amount
        page.append([ref, "Ada Invented", first, first + timedelta(3), 3, rate, rate * 3])
    stream = BytesIO()
    sheet.save(stream)
    return stream.getvalue()


def claim_a_million(officer) -> None:
    """Past nights of the same bookings, claimed by lines of older invoices."""
    sql(
        """INSERT INTO payments_invoice (provider_id, payee_id, number, number_key, received_on, source, status,
            version, total, findings, loaded_by_id, loaded_at, return_note, reject_reason, void_reason)
        SELECT provider_id, payee_id, 'OLD', 'OLD', '2026-01-01', 'typed', 'checking', 1, 0, '[]', loaded_by_id,
            loaded_at, '', '', '' FROM payments_invoice LIMIT 1"""
    )
    bookings = f"(SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM bookings_booking LIMIT {STAYS})"
    each = CLAIMS // STAYS + 1
    sql(
        f"""INSERT INTO payments_invoiceline (invoice_id, number, given_ref, given_name, given_unit, given_address,
            starts_on, ends_on, net, vat, booking_id, matched, codes, findings, payable_nights, payable_net,
            payable_vat, adjusted_nights, adjusted_net, adjusted_vat, decision, reason)
        SELECT i.id, b.place * {each} + n, '', '', '', '', date '2026-05-20' - {NIGHTS} * n,
            date '2026-05-20' - {NIGHTS} * (n - 1), 600, 0, b.id, 'ref', '{{}}', '[]', {NIGHTS}, 600, 0,
            0, 0, 0, 'pass', ''
        FROM payments_invoice i, {bookings} b, generate_series(1, {each}) n
        WHERE i.number = 'OLD' LIMIT {CLAIMS}"""
    )
    sql(
        """INSERT INTO payments_nightclaim (line_id, booking_id, starts_on, ends_on, is_live)
        SELECT l.id, l.booking_id, l.starts_on, l.ends_on, true FROM payments_invoiceline l
        JOIN payments_invoice i ON i.id = l.invoice_id WHERE i.number = 'OLD'"""
    )
    tidy()


def bill(lines: int) -> None:
    """As many lines, five a booking, of which one in ten differs; each claims its nights."""
    sql("DELETE FROM payments_nightclaim")
    sql("DELETE FROM payments_invoiceline")
    sql(
        """INSERT INTO payments_invoiceline (invoice_id, number, given_ref, given_name, given_unit, given_address,
            starts_on, ends_on, stated_nights, rate, net, vat, booking_id, matched, codes, findings, payable_nights,
            payable_net, payable_vat, adjusted_nights, adjusted_net, adjusted_vat, decision, reason)
        SELECT i.id, (b.id * 5 + n)::int, b.ref, '', '', '', date '2026-06-01' + 30 * n,
            date '2026-06-01' + 30 * (n + 1), 30, r.amount + over, 30 * (r.amount + over), 0, b.id, 'ref', '{}', '[]',
            30, 30 * r.amount, 0, 0, 0, 0, 'undecided', ''
        FROM payments_invoice i, bookings_booking b JOIN bookings_bookingrate r ON r.booking_id = b.id,
            generate_series(0, 4) n, LATERAL (SELECT (b.id %% 10 = 0)::int AS over) o
        WHERE i.number = 'OLD' LIMIT %s""",
        [lines],
    )
    sql(
        """INSERT INTO payments_nightclaim (line_id, booking_id, starts_on, ends_on, is_live)
        SELECT id, booking_id, starts_on, ends_on, true FROM payments_invoiceline"""
    )
    tidy()


def floor() -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(FLOOR)
        while cursor.fetchmany(20_000):
            pass


def in_bulk() -> None:
    from django.db import transaction

    from payments.invoices.models import InvoiceLine
    from payments.invoices.selectors.bulk import checked_again

    with transaction.atomic():
        deque(checked_again(InvoiceLine.objects.all()), maxlen=0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
