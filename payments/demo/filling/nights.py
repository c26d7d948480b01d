"""The nightly side: the sheet and the extract loaded, four months of invoices checked, three of them paid."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import islice

from django.db.models import Sum
from django.utils.timezone import localdate

from bookings.academy.imports import ACADEMY_EXTRACT
from bookings.models import Booking, Provider
from bookings.sheet.imports import NIGHTLY_PAID
from bookings.stays import services as stays
from lewisham_ta import limits
from lewisham_ta.dates import ONE_DAY
from lewisham_ta.models import User
from payments.demo.filling.common import Say, Team, analyse, answer, load_file, send
from payments.demo.filling.placements import record_placements
from payments.demo.filling.weeks import confirm_weeks
from payments.demo.moments import Moments, working_day
from payments.demo.night_files import academy_extract, invoice_file, nightly_sheet
from payments.demo.nights import BilledMonth, Nights
from payments.invoices import services as invoices
from payments.invoices.imports.files import read_file
from payments.invoices.models import Invoice, InvoiceLine, InvoiceQuery
from payments.invoices.services.deciding import was_away
from payments.overpayments import services as overpayments
from payments.overpayments.models import OverpaymentCase
from payments.payees import services as payees
from payments.payees.models import Payee

Decision = InvoiceLine.Decision
FOUND_LATER = 6  # households who, as it turns out, left before the nights that were paid


def fill_nights(nights: Nights, team: Team, moments: Moments, say: Say) -> None:
    """From the sheet to the payments. The latest month's invoices are at every stage of the check."""
    first, loaded_at = nights.billed[0].dated_on, moments.ago(hours=5)
    load_file(NIGHTLY_PAID, "nightly_paid.xlsx", nightly_sheet(nights), by=team.officer2, now=loaded_at)
    load_file(ACADEMY_EXTRACT, "academy_extract.csv", academy_extract(nights), by=team.officer2, now=loaded_at)
    analyse()
    say(f"Nightly paid: {len(nights.stays):,} bookings of {len(nights.providers)} providers loaded.")
    record_placements(team, moments)
    confirm_weeks(first, nights.today, team, moments, say)
    latest = nights.billed[-1].dated_on
    loaded = [_load(billed, moments, team) for billed in sorted(nights.billed, key=lambda billed: billed.received_on)]
    _open_accounts(team, moments.on(first, 14, 11))
    for invoice in loaded:
        if invoice.dated_on != latest:
            _finish(invoice, team, moments)
    say(f"Nightly paid: {len(loaded)} invoices checked, {_payable(loaded)} of them to pay.")
    _pay(team, moments, latest)
    _begin([invoice for invoice in loaded if invoice.dated_on == latest], team, moments)
    _turn_out_wrong(team, moments)


def _load(billed: BilledMonth, moments: Moments, team: Team) -> Invoice:
    """An invoice as it came, on the working day after its receipt; the first of a provider teaches its layout."""
    now = moments.on(working_day(billed.received_on), 1, 14)
    provider = Provider.objects.select_related("party").get(party__ref=billed.provider.ref)
    name, content = invoice_file(billed)
    reading = read_file(content, name, provider=provider)
    if not reading.is_known:
        mapping = reading.layout.to_json()
        invoices.confirm_layout(provider=provider, mapping=mapping, by=team.officer, now=now)
    return invoices.load_invoice(
        provider=provider,
        number=billed.number,
        received_on=billed.received_on,
        lines=reading.lines,
        dated_on=billed.dated_on,
        stated_total=reading.stated_total,
        file=(name, content),
        by=team.officer,
        now=now,
    ).invoice


def _open_accounts(team: Team, now: datetime) -> None:
    """Every provider's account: asked for by the officer, approved by the leader."""
    waiting = payees.request_from_register(
        [
            (payee, "089999", f"{66_000_000 + payee.pk:08d}", payee.party.name.upper()[:18])
            for payee in Payee.objects.filter(party__provider__isnull=False).select_related("party").order_by("pk")
        ],
        by=team.officer,
        now=now,
    )
    ids = [details.pk for details in waiting]
    payees.approve_first_details(details_ids=ids, by=team.leader, now=now + timedelta(hours=3))


def _finish(invoice: Invoice, team: Team, moments: Moments) -> None:
    """Every line decided, submitted, and approved by somebody whose limit it is within."""
    now = moments.on(invoice.received_on, 5, 10)
    _decide_all(invoice, by=team.officer, now=now)
    _hand_on(invoice, by=team.officer2, now=now + timedelta(hours=1))
    _approve(invoice, team, now=moments.on(invoice.received_on, 7, 15))


def _decide_all(invoice: Invoice, *, by: User, now: datetime) -> None:
    """What differs is short-paid, a line of which nothing is payable rejected, a finding on Academy looked into."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for line in invoice.lines.filter(decision=Decision.UNDECIDED).order_by("number"):
        groups[_decision_on(line)].append(line.pk)
    for (decision, reason), ids in groups.items():
        invoice.refresh_from_db()
        invoices.decide(
            invoice_id=invoice.pk,
            line_ids=ids,
            decision=decision,
            reason=reason,
            seen_version=invoice.version,
            by=by,
            now=now,
        )
    invoice.refresh_from_db()
    for found in list(invoice.findings):
        invoice = invoices.accept_finding(
            invoice_id=invoice.pk,
            code=found["code"],
            words=found["words"],
            reason="Looked into with the provider: another stay.",
            seen_version=invoice.version,
            by=by,
            now=now,
        )


def _decision_on(line: InvoiceLine) -> tuple[str, str]:
    if was_away(line):
        return Decision.REJECT, "Nobody was there on some of the nights: bill those on which they were."
    if line.payable_net <= 0:
        return Decision.REJECT, "Nothing of it is due: the provider was told."
    if (line.payable_net, line.payable_vat) == (line.net, line.vat):
        return Decision.PASS, "Asked the benefits team: the claim is being put right."
    return Decision.SHORT_PAY, "Paid what our booking says; the provider sends a credit note."


def _hand_on(invoice: Invoice, *, by: User, now: datetime) -> None:
    invoice.refresh_from_db()
    invoices.submit(invoice_id=invoice.pk, seen_version=invoice.version, by=by, now=now)


def _approve(invoice: Invoice, team: Team, now: datetime) -> None:
    invoice.refresh_from_db()
    amount = sum(
        line.payable_net + line.payable_vat
        for line in invoice.lines.filter(decision__in=[Decision.PASS, Decision.SHORT_PAY])
    )
    beyond = limits.refusal_for(person=team.leader, amount=amount, on=localdate(now))
    by = team.manager if beyond else team.leader
    invoices.approve(invoice_id=invoice.pk, seen_version=invoice.version, by=by, now=now)


def _payable(loaded: Iterable[Invoice]) -> str:
    lines = InvoiceLine.objects.filter(invoice__in=[invoice.pk for invoice in loaded])
    sums = lines.aggregate(net=Sum("payable_net"), vat=Sum("payable_vat"))
    return f"£{sums['net'] + sums['vat']:,.2f}"


def _pay(team: Team, moments: Moments, latest: date) -> None:
    """One batch with what was approved, answered as paid."""
    batch = send(None, by=team.officer, now=moments.on(latest, 3, 14))
    paid_at = moments.on(latest, 8, 16)
    answer(batch, team, paid_at=paid_at, back_at=paid_at)


def _begin(latest: list[Invoice], team: Team, moments: Moments) -> None:
    """The latest month: a third approved, a sixth handed on, one in query, the others still to be decided."""
    for place, invoice in enumerate(latest):
        now = moments.ago(hours=4, minutes=place)
        if place % 6 in (0, 3):
            _decide_all(invoice, by=team.officer, now=now)
            _hand_on(invoice, by=team.officer2, now=now + timedelta(minutes=20))
            _approve(invoice, team, now + timedelta(minutes=40))
        elif place % 6 == 1:
            _decide_all(invoice, by=team.officer, now=now)
            _hand_on(invoice, by=team.officer2, now=now + timedelta(minutes=20))
        elif place == 2:
            _ask(invoice, team, moments)


def _ask(invoice: Invoice, team: Team, moments: Moments) -> None:
    """A query about what does not agree, sent yesterday: the 30 days stand still."""
    lines = invoice.lines.filter(decision=Decision.UNDECIDED).order_by("number").values_list("pk", flat=True)
    now = moments.ago(hours=30)
    invoice.refresh_from_db()
    invoice = invoices.decide(
        invoice_id=invoice.pk,
        line_ids=list(lines),
        decision=Decision.QUERY,
        reason="Please send the sign-in sheet.",
        seen_version=invoice.version,
        by=team.officer,
        now=now,
    )
    query = invoices.draft_query(invoice_id=invoice.pk, seen_version=invoice.version, by=team.officer, now=now)
    invoices.record_query_sent(
        query_id=query.pk, how=InvoiceQuery.How.EMAIL, on=localdate(now), by=team.officer, now=now
    )


def _turn_out_wrong(team: Team, moments: Moments) -> None:
    """Departures that are learnt after their nights were paid: the system finds what was overpaid by itself."""
    today = localdate(moments.ago())
    paid = InvoiceLine.objects.filter(
        invoice__status=Invoice.Status.APPROVED,
        decision=Decision.PASS,
        booking__status=Booking.Status.BOOKED,
        booking__departed_at__isnull=True,
        payable_nights__gte=20,
    )
    for line in islice(paid.select_related("booking").order_by("-ends_on", "pk"), FOUND_LATER):
        stays.depart(
            booking_id=line.booking_id,
            departed_on=min(line.ends_on, today) - 4 * ONE_DAY,
            benefit_told_on=today,
            why="The provider's sign-in sheet shows that the household left earlier.",
            by=team.officer2,
            now=moments.ago(hours=3),
        )
    invoices.find_overpaid(by=None, now=moments.ago(hours=2))
    _recover_some(team, moments)


def _recover_some(team: Team, moments: Moments) -> None:
    """Half of what was overpaid is agreed with the payee; one of those came back, and to give one up is asked for."""
    cases = list(OverpaymentCase.objects.order_by("pk").values_list("pk", flat=True))
    agreed = cases[: (len(cases) + 1) // 2]
    for place, case in enumerate(agreed):
        now = moments.ago(minutes=100 - place)
        overpayments.agree(case_id=case, note="The provider checked its sign-in sheet.", by=team.officer, now=now)
    if len(cases) > 2:
        note = "Credit note from the provider, taken off its next invoice."
        overpayments.recover(case_id=agreed[0], note=note, by=team.officer2, now=moments.ago(minutes=40))
        note = "The provider is not trading any more."
        overpayments.ask_write_off(case_id=cases[-1], note=note, by=team.officer2, now=moments.ago(minutes=30))
