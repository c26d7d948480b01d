"""The list of invoices and the page of the check."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import NightsConfirmed
from lewisham_ta.models import Setting
from payments.invoices import hooks, services
from payments.invoices.rules import moves
from payments.invoices.selectors import pages
from payments.models import Invoice, InvoiceQuery, Payment
from tests.factories import HouseholdFactory, UserFactory
from tests.payments.invoices.factories import NOW, billed, booking, decide, do, load, provider

pytestmark = pytest.mark.django_db


def words_of(answer):
    return " ".join(answer.content.decode().split())


def page(client, invoice, **query):
    return words_of(client.get(reverse("invoices:detail", args=[invoice.pk]), query))


@pytest.fixture
def signed_in(client, officer):
    client.force_login(officer)
    return client


def mixed(officer):
    """Two lines that agree, one at a higher rate, one with nights too many, one unknown."""
    of = provider()
    stays = [booking(of) for _ in range(4)]
    return load(
        of,
        billed(stays[0]),
        billed(stays[1]),
        billed(stays[2], rate=Decimal("65.00")),
        billed(stays[3], ends_on=date(2026, 3, 12)),
        billed(),
        by=officer,
    )


def send(client, invoice, name="decide", version=None, **typed):
    version = Invoice.objects.get(pk=invoice.pk).version if version is None else version
    return client.post(reverse(f"invoices:{name}", args=[invoice.pk]), {"seen_version": version} | typed)


@pytest.mark.parametrize("rows", [1, 6])
def test_the_list_costs_the_same_however_long(rows, signed_in, officer, django_assert_num_queries):
    for number in range(rows):
        stay = booking()
        load(stay.unit.provider, billed(stay), number=f"INV-{number}", by=officer)
    signed_in.get("/invoices/")
    with django_assert_num_queries(21):
        answer = signed_in.get("/invoices/")
    assert f"{rows} invoice" in words_of(answer)


@pytest.mark.parametrize("rows", [1, 8])
def test_the_check_costs_the_same_however_many_lines(rows, signed_in, officer, django_assert_num_queries):
    of = provider()
    invoice = load(of, *[billed(booking(of), rate=Decimal("65.00")) for _ in range(rows)], by=officer)
    page(signed_in, invoice)
    with django_assert_num_queries(29):
        page(signed_in, invoice)


def test_the_list_is_found_by_number_status_and_provider(signed_in, officer):
    invoice = mixed(officer)
    stay = booking()
    other = load(stay.unit.provider, billed(stay), number="OTHER-9", by=officer)
    assert "OTHER-9" not in words_of(signed_in.get("/invoices/", {"q": "inv-1"}))
    do(services.submit, other, by=officer)
    found = words_of(signed_in.get("/invoices/", {"status": "ready"}))
    assert "OTHER-9" in found
    assert ">INV-1<" not in found
    found = words_of(signed_in.get("/invoices/", {"provider": invoice.provider.party.ref}))
    assert "OTHER-9" not in found
    # Received on 3 April 2026: long overdue by now.
    assert "OTHER-9" in words_of(signed_in.get("/invoices/", {"status": "overdue"}))
    book = openpyxl.load_workbook(BytesIO(signed_in.get("/invoices/", {"export": "xlsx"}).content))
    assert book.active.max_row == 4


def test_the_strip_reads_as_a_sum_and_lines_stand_in_groups(signed_in, officer):
    found = page(signed_in, mixed(officer))
    for words in [
        "<dt>Invoiced</dt><dd>£2,255.00</dd>",
        "<dt>Agreed, ready to pay</dt><dd>£840.00</dd>",
        "<dt>In dispute</dt><dd>£1,415.00</dd>",
        "<dt>Our bookings</dt><dd>£1,680.00</dd>",
        "<dt>Invoice over our figure</dt><dd>£575.00</dd>",
    ]:
        assert words in found
    heads = [found.index(words) for words in ["Not on our records", "Nights not booked", "> Rate ", "> Agreed"]]
    assert heads == sorted(heads)
    assert "Show 2 lines" in found
    assert "£65.00 a night billed, £60.00 agreed." in found


def test_only_the_cells_that_differ_are_shaded(signed_in, officer):
    invoice = mixed(officer)
    rows = {row.line.number: set(row.differs) for group in _groups(signed_in, invoice) for row in group.rows}
    assert rows == {3: {"rate"}, 4: {"to", "nights"}, 5: set()}


def _groups(client, invoice):
    return client.get(reverse("invoices:detail", args=[invoice.pk])).context["check"].groups


def test_agreed_lines_are_shown_when_asked_for_and_all_are_in_the_workbook(signed_in, officer):
    invoice = mixed(officer)
    assert "Pay as invoiced" in page(signed_in, invoice, show="unconfirmed")
    answer = signed_in.get(reverse("invoices:detail", args=[invoice.pk]), {"export": "xlsx"})
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    assert [sheet.cell(row, 2).value for row in range(2, 7)] == [1, 2, 3, 4, 5]


def test_what_was_booked_and_is_on_no_invoice_is_missing(signed_in, officer):
    of = provider()
    here, missing = booking(of), booking(of)
    invoice = load(of, billed(here), by=officer)
    found = page(signed_in, invoice)
    assert "Missing from the invoice" in found
    assert missing.ref in found
    assert "<dt>Our bookings</dt><dd>£840.00</dd>" in found


def test_nights_that_nobody_confirmed_are_amber_and_those_confirmed_are_not(signed_in, officer):
    stay = booking()
    NightsConfirmed.objects.create(
        booking=stay,
        starts_on=stay.starts_on,
        ends_on=date(2026, 3, 6),
        was_there=True,
        how="ticked",
        confirmed_by=officer,
        confirmed_at="2026-03-09T09:00Z",
    )
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    found = page(signed_in, invoice, show="unconfirmed")
    assert "Agreed, nights not confirmed" in found
    assert "4 nights not confirmed<" in found
    assert reverse("occupancy:provider_week", args=[invoice.provider_id, date(2026, 3, 2)]) in found


def test_a_line_with_nights_to_come_has_a_group_of_its_own(signed_in, officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), now=datetime(2026, 3, 5, 9, tzinfo=UTC), by=officer)
    found = page(signed_in, invoice)
    assert "To be looked at before it is paid" in found
    assert "4 nights are still to come: 6 Mar to 9 Mar." in found


def test_a_confidential_household_is_not_named_with_its_room(signed_in, officer):
    stay = booking(household=HouseholdFactory(is_confidential=True))
    line = billed(stay, rate=Decimal("65.00"), name="Ann Invented", unit="Room 7, Secret House")
    found = page(signed_in, load(stay.unit.provider, line, by=officer))
    assert "Secret House" not in found
    assert "Confidential" in found


def test_lines_are_decided_one_by_one_with_the_checks_words_as_reason(signed_in, officer):
    invoice = mixed(officer)
    three, five = invoice.lines.get(number=3), invoice.lines.get(number=5)
    answer = send(signed_in, invoice, **{f"line-{three.pk}": "short_pay", f"line-{five.pk}": "reject"})
    assert answer.status_code == 302
    three.refresh_from_db()
    five.refresh_from_db()
    assert (three.decision, three.reason) == ("short_pay", "£65.00 a night billed, £60.00 agreed.")
    assert five.decision == "reject"


def test_many_lines_are_decided_at_once(signed_in, officer):
    invoice = mixed(officer)
    pks = list(invoice.lines.filter(number__in=[3, 4]).values_list("pk", flat=True))
    send(signed_in, invoice, selected=pks, decision="short_pay", reason="As booked")
    assert set(invoice.lines.filter(pk__in=pks).values_list("decision", "reason")) == {("short_pay", "As booked")}


def test_a_refusal_decides_nothing_and_keeps_what_was_chosen(signed_in, officer):
    invoice = mixed(officer)
    three, five = invoice.lines.get(number=3), invoice.lines.get(number=5)
    found = words_of(send(signed_in, invoice, **{f"line-{three.pk}": "short_pay", f"line-{five.pk}": "pass"}))
    assert "Part of this line is not payable" in found
    assert '<option value="short_pay" selected data-key="s">' in found
    assert not invoice.lines.exclude(decided_by=None).exists()
    found = words_of(send(signed_in, invoice, version=0, selected=[five.pk], decision="reject", reason="Unknown"))
    assert "changed while you were reading" in found
    assert f'value="{five.pk}" form="bulk" data-amount="0.00" aria-label="Select row 5" checked' in found
    assert 'value="Unknown"' in found


@pytest.mark.parametrize(
    ("typed", "words"), [({"decision": "pass"}, "Tick at least one line"), ({}, "Choose what becomes of at least one")]
)
def test_a_decision_is_of_something(typed, words, signed_in, officer):
    assert words in words_of(send(signed_in, mixed(officer), **typed))


def test_what_is_found_of_the_whole_invoice_is_linked_and_accepted_with_a_reason(signed_in, officer):
    stay = booking()
    first = load(stay.unit.provider, billed(stay), by=officer)
    second = load(stay.unit.provider, billed(rate=Decimal("1.00")), number="INV-1A", by=officer)
    found = page(signed_in, second)
    assert f'href="{reverse("invoices:detail", args=[first.pk])}">Open that invoice' in found
    finding = second.findings[0]
    assert "Say why it may stand" in words_of(send(signed_in, second, "accept", code=finding["code"], words="x"))
    send(signed_in, second, "accept", code=finding["code"], words=finding["words"], reason="A part invoice")
    assert "A part invoice" in page(signed_in, second)


def test_the_check_is_made_again(signed_in, officer):
    invoice = mixed(officer)
    line = invoice.lines.get(number=3)
    line.booking.rates.update(amount=Decimal("65.00"))
    send(signed_in, invoice, "recheck")
    line.refresh_from_db()
    assert line.codes == []
    send(signed_in, invoice, "recheck", version=0)
    assert "changed while you were reading" in page(signed_in, invoice)


def test_a_line_explains_every_figure_and_is_decided(signed_in, officer):
    invoice = mixed(officer)
    line = invoice.lines.get(number=4)
    url = reverse("invoices:line", args=[line.pk])
    found = words_of(signed_in.get(url))
    assert "Billed 9 nights, 7 booked, left 10 Mar." in found
    assert line.booking.ref in found
    answer = send_line(signed_in, line, "line_decide", decision="short_pay", reason="Left on the 10th")
    assert answer.url == url
    line.refresh_from_db()
    assert line.reason == "Left on the 10th"
    found = words_of(send_line(signed_in, line, "line_decide", decision="pass"))
    assert "Part of this line is not payable" in found


def send_line(client, line, name, **typed):
    version = Invoice.objects.get(pk=line.invoice_id).version
    return client.post(reverse(f"invoices:{name}", args=[line.pk]), {"seen_version": version} | typed)


def test_an_officer_names_the_booking_that_a_line_means(signed_in, officer):
    invoice = mixed(officer)
    line, stay = invoice.lines.get(number=5), booking(invoice.provider)
    found = words_of(send_line(signed_in, line, "line_booking", booking=booking().ref, reason="x"))
    assert "is a booking with another provider" in found
    send_line(signed_in, line, "line_booking", booking=stay.ref, reason="An old name")
    line.refresh_from_db()
    assert (line.booking, line.codes) == (stay, [])
    assert "By an officer" in words_of(signed_in.get(reverse("invoices:line", args=[line.pk])))


def ready(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    do(services.submit, invoice, by=officer)
    return invoice


def test_a_line_in_query_is_to_be_decided_as_the_submission_says(signed_in, officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    decide(invoice, "query", 1, reason="Which nights?", by=officer)
    assert '1 <span class="fact-hint">of them 1 in query</span>' in page(signed_in, invoice)
    assert pages.invoices().get().to_decide == 1
    assert pages.totals(Invoice.objects.all())["to_decide"] == 1
    assert "1 line is in query" in words_of(send(signed_in, invoice, "submit"))


def test_an_undecided_line_keeps_the_invoice_from_being_submitted(signed_in, officer):
    invoice = mixed(officer)
    assert "3 lines are not decided yet" in words_of(send(signed_in, invoice, "submit"))
    decide(invoice, "reject", reason="x", by=officer)
    send(signed_in, invoice, "submit")
    assert Invoice.objects.get(pk=invoice.pk).status == "ready"


def test_another_person_approves_and_the_payment_is_linked(client, officer, leader):
    invoice = ready(officer)
    client.force_login(leader)
    assert "Approve £420.00" in page(client, invoice)
    send(client, invoice, "approve")
    payment = Payment.objects.get()
    assert reverse("batches:payment_detail", args=[payment.pk]) in page(client, invoice)


def test_the_button_answers_with_the_refusal(client, officer, leader):
    invoice = ready(leader)
    client.force_login(leader)
    assert "someone else must approve it" in words_of(send(client, invoice, "approve"))


def test_an_invoice_is_returned_with_a_note_and_rejected_with_a_reason(client, officer, leader):
    invoice = ready(officer)
    client.force_login(leader)
    url = reverse("invoices:return", args=[invoice.pk])
    stale = words_of(client.post(url, {"seen": "0", "note": "Check row 1"}))
    assert "changed while you were reading" in stale
    assert 'value="Check row 1"' in stale
    client.post(url, {"seen": "2", "note": "Check row 1"})
    assert "Check row 1" in page(client, invoice)
    client.post(reverse("invoices:reject", args=[invoice.pk]), {"seen": "3", "reason": "Withdrawn"})
    assert Invoice.objects.get().status == "rejected"


def test_the_work_list_says_what_waits_for_whom(officer, leader):
    mixed(officer)
    ready_one = ready(officer)
    titles = [item.title for item in hooks.work_items(officer, date(2026, 4, 4))]
    assert titles == ["Invoices to check"]
    titles = [item.title for item in hooks.work_items(leader, date(2026, 4, 30))]
    assert titles == ["Invoices to check", "Invoices due soon", "Invoices awaiting approval"]
    booking()  # that nobody bills
    late = {item.title: item for item in hooks.work_items(officer, date(2026, 6, 1))}
    assert "Invoices overdue" in late
    assert late["Invoices expected for over 30 days"].next_step.startswith("Ask Invented Rooms")
    assert [hit.title for hit in hooks.hits("inv-1", officer)] == ["Invoice INV-1", "Invoice INV-1"]
    assert not list(hooks.hits(ready_one.number, UserFactory(groups=[])))


def test_a_providers_and_its_payees_page_show_the_latest_invoices(signed_in, officer):
    invoice = mixed(officer)
    ref = invoice.provider.party.ref
    for name in ("units:provider_detail", "payees:detail"):
        assert reverse("invoices:detail", args=[invoice.pk]) in words_of(signed_in.get(reverse(name, args=[ref])))


def test_a_long_group_is_drawn_a_page_at_a_time_and_costs_as_many_queries(signed_in, officer, monkeypatch):
    monkeypatch.setattr("payments.invoices.selectors.check_page.SHOWN", 3)
    of = provider()
    stays = [booking(of) for _ in range(11)]
    invoice = load(of, *[billed(stay) for stay in stays[:7]], by=officer)
    address = reverse("invoices:detail", args=[invoice.pk])

    def shown(**query):
        with CaptureQueriesContext(connection) as queries:
            groups = {group.key: group for group in signed_in.get(address, query).context["check"].groups}
        agreed, missing = groups["unconfirmed"], groups["missing"]
        return [row.line.number for row in agreed.rows], len(missing.missing), len(queries)

    first, folded, second, beyond = (
        shown(show="unconfirmed"), shown(), shown(show="unconfirmed", page="2"), shown(show="unconfirmed", page="x9")
    )  # fmt: skip
    assert (first[0], folded[0], second[0], beyond[0]) == ([1, 2, 3], [], [4, 5, 6], [1, 2, 3])
    assert shown(show="missing", page="2")[1] == 1
    assert first[1] == 3
    assert len({first[2], second[2]}) == 1
    found = page(signed_in, invoice, show="unconfirmed", page="2")
    assert "4 to 6" in found
    assert "?show=unconfirmed&amp;page=3#group-unconfirmed" in found


def test_of_ticked_lines_those_are_passed_that_may_be_and_the_page_knows_which(signed_in, officer):
    of = provider()
    stays = [booking(of, academy_ref="") if n == 1 else booking(of) for n in range(3)]
    invoice = load(of, billed(stays[0]), billed(stays[1]), billed(stays[2], rate=Decimal("65.00")), by=officer)
    agreed, academy, over = invoice.lines.order_by("number")
    address = reverse("invoices:detail", args=[invoice.pk])
    context = signed_in.get(address, {"show": "unconfirmed"}).context
    assert context["passable"] == {agreed.pk}
    assert context["passable_explained"] == {agreed.pk, academy.pk}
    send = {"decision": "pass", "selected": [agreed.pk, academy.pk, over.pk], "seen_version": invoice.version}
    answer = signed_in.post(reverse("invoices:decide", args=[invoice.pk]) + "?show=academy", send, follow=True)
    words = " ".join(str(message) for message in answer.context["messages"])
    assert words == "1 line decided. 2 lines cannot be passed so: look at them one by one."
    assert answer.redirect_chain[-1][0] == f"{address}?show=academy"
    invoice.refresh_from_db()
    send |= {"reason": "Seen by the case officer", "seen_version": invoice.version}
    signed_in.post(reverse("invoices:decide", args=[invoice.pk]), send)
    assert list(invoice.lines.order_by("number").values_list("decision", flat=True)) == ["pass", "pass", "undecided"]


def test_where_no_ticked_line_may_be_passed_the_page_says_why(signed_in, officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay, rate=Decimal("65.00")), by=officer)
    send = {"decision": "pass", "selected": [invoice.lines.get().pk], "seen_version": invoice.version}
    answer = signed_in.post(reverse("invoices:decide", args=[invoice.pk]), send)
    assert moves.NOT_AS_BILLED in answer.content.decode()


def test_the_list_is_sorted_by_the_day_that_the_clock_shows(signed_in, officer):
    """The clock stands still in query; days in two queries count once, and the 30 days change from a date on."""
    Setting.objects.create(
        name="invoice_days", from_on=date(2026, 4, 2), value="10", reason="x", set_by=officer, set_at=NOW
    )
    of, sent = provider(), []
    for place, (received, asked) in enumerate(
        [
            (date(2026, 4, 1), []),
            (date(2026, 4, 3), [(5, 15), (10, 20), (25, 26)]),
            (date(2026, 4, 4), [(6, None)]),
            (date(2026, 4, 2), []),
            (date(2026, 4, 2), [(7, 7)]),
        ]
    ):
        invoice = load(of, billed(booking(of)), number=f"N-{place}", received_on=received, by=officer)
        for sent_on, answered_on in asked:
            answer = {"answered_on": date(2026, 4, answered_on or 1), "answer_recorded_by": officer, "reply": "Yes"}
            InvoiceQuery.objects.create(
                invoice=invoice,
                text="Which rate?",
                drafted_by=officer,
                drafted_at=NOW,
                sent_how="post",
                sent_on=date(2026, 4, sent_on),
                sent_by=officer,
                **answer if answered_on else {},
            )
        sent.append(invoice)
    today = date(2026, 4, 28)
    shown = {each.pk: each.due_day for each in pages.invoices().annotate(due_day=pages.due_day(today))}
    clock = pages.Clock(today)
    assert shown == {each.pk: clock.of(each).due_on for each in pages.invoices()}
    found = words_of(signed_in.get("/invoices/", {"sort": "due_on"}))
    places = [
        found.index(f">{invoice.number}<") for invoice in sorted(sent, key=lambda each: (shown[each.pk], each.pk))
    ]
    assert places == sorted(places)
