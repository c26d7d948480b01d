"""From the load of an invoice to its payment: refusals first."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bookings.models import NightlyCap, Void
from bookings.stays import services as stays
from lewisham_ta import audit, limits, roles
from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Clash, Refused
from payments.batches import remittances
from payments.batches.rules import Advice
from payments.invoices import services
from payments.invoices.rules.billing import InFile
from payments.invoices.selectors import pages
from payments.invoices.selectors.own_records import own_record
from payments.invoices.services import approving
from payments.models import Invoice, NightClaim, Payee, Payment
from tests.factories import ProviderFactory, UnitFactory, UserFactory
from tests.payments.invoices.factories import (
    NOW,
    TENTH,
    THIRD,
    approved,
    billed,
    booking,
    decide,
    do,
    load,
    provider,
)

pytestmark = pytest.mark.django_db


def codes(invoice):
    return [line.codes for line in invoice.lines.order_by("number")]


# Loading


def test_a_line_that_agrees_passes_by_itself_and_claims_its_nights(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    line = invoice.lines.get()
    assert (line.decision, line.decided_by, line.codes) == ("pass", None, [])
    assert (line.payable_nights, line.payable_net, line.payable_vat) == (7, Decimal("420.00"), Decimal("0.00"))
    claim = NightClaim.objects.get()
    assert (claim.booking, claim.starts_on, claim.ends_on, claim.is_live) == (stay, THIRD, TENTH, True)
    assert AuditEvent.objects.filter(action="invoice.loaded", by=officer).count() == 1


def test_a_line_with_nights_to_come_waits_for_a_person_until_they_are_past(officer):
    stay = booking(ends_on=None)
    invoice = load(stay.unit.provider, billed(stay), now=datetime(2026, 3, 5, 9, tzinfo=UTC), by=officer)
    line = invoice.lines.get()
    assert (line.decision, line.codes, line.payable_net) == ("undecided", [], Decimal("420.00"))
    assert line.findings[0]["words"] == "4 nights are still to come: 6 Mar to 9 Mar."
    with pytest.raises(Refused, match="Say why the line is passed"):
        decide(invoice, "pass", by=officer)
    do(services.recheck, invoice, by=officer, now=NOW)
    line.refresh_from_db()
    assert (line.decision, line.decided_by) == ("pass", None)


@pytest.mark.parametrize(
    ("from_on", "approved_by", "decision"),
    [(THIRD, None, "undecided"), (THIRD, "leader", "pass"), (date(2026, 3, 4), None, "pass")],
)
def test_a_rate_over_the_cap_waits_for_a_person_where_nobody_approved_it(from_on, approved_by, decision, officer):
    """A cap from after the day from which the rate holds is not one that it is held against."""
    approver = {"cap_approved_by": UserFactory(username=approved_by), "cap_reason": "Family"} if approved_by else {}
    stay = booking(**approver)
    NightlyCap.objects.create(size=stay.unit.size, area="", from_on=from_on, amount=Decimal("55.00"))
    line = load(stay.unit.provider, billed(stay), by=officer).lines.get()
    assert (line.decision, line.codes, line.payable_net) == (decision, [], Decimal("420.00"))
    said = [finding["words"] for finding in line.findings if finding.get("held")]
    assert said == ["£60.00 a night is over the cap of £55.00, and nobody has approved it."][: decision != "pass"]


def test_the_same_file_and_number_again_change_nothing(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    again = services.load_invoice(
        provider=stay.unit.provider,
        number="INV-1",
        received_on=date(2026, 4, 3),
        lines=[billed(stay)],
        file=("another name.csv", b"INV-1"),
        by=officer,
        now=NOW,
    )
    assert (again.invoice, again.is_new) == (invoice, False)
    assert Invoice.objects.count() == 1


def test_another_file_of_the_same_number_is_refused_and_leads_to_the_first(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    with pytest.raises(Clash, match=r"INV-1 was loaded by .* with other contents") as refused:
        load(stay.unit.provider, billed(stay), file=("x.csv", b"other"))
    assert refused.value.other == invoice


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"ends_on": THIRD, "nights": 0}, "Line 1: the departure must be after the first night"),
        ({"net": Decimal("-1.00")}, "Line 1: an amount below zero is a credit"),
        ({"vat": Decimal("-1.00")}, "Line 1: an amount below zero is a credit"),
    ],
)
def test_a_line_that_cannot_be_is_refused(facts, words, officer):
    stay = booking()
    with pytest.raises(Refused, match=words):
        load(stay.unit.provider, billed(stay, **facts))
    assert not Invoice.objects.exists()


@pytest.mark.parametrize(
    ("number", "words"),
    [("", "Type the number"), (" - ", "Type the number"), ("1" * 31, "at most 30 characters")],
)
def test_a_number_that_is_none_is_refused(number, words, officer):
    stay = booking()
    with pytest.raises(Refused, match=words):
        load(stay.unit.provider, billed(stay), number=number)


def test_an_invoice_without_lines_is_refused(officer):
    with pytest.raises(Refused, match="no line"):
        load(provider())


def test_the_payee_is_made_with_the_first_invoice(officer):
    of = ProviderFactory(supplier_number="700123")
    invoice = load(of, billed(), by=officer)
    assert invoice.payee == Payee.objects.get(party=of.party)
    assert invoice.payee.supplier_number == "700123"


def test_a_night_billed_twice_is_payable_once_whatever_the_number(officer):
    stay = booking()
    of = stay.unit.provider
    load(of, billed(stay), by=officer)
    second = load(of, billed(stay, starts_on=date(2026, 3, 8), net=Decimal("120.00"), nights=2), number="X", by=officer)
    line = second.lines.get()
    assert (line.codes, line.payable_nights, line.decision) == (["ALREADY_CLAIMED"], 0, "undecided")
    assert "claimed already by line 1 of invoice INV-1" in line.findings[0]["words"]
    assert second.findings[0]["code"] == "SAME_NIGHTS"


def test_the_first_line_of_an_invoice_claims_before_the_second(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), billed(stay), by=officer)
    assert codes(invoice) == [[], ["ALREADY_CLAIMED"]]


@pytest.mark.parametrize(("paid_by", "payer"), [("council", "the council"), ("provider", "the provider")])
def test_a_line_for_nights_on_which_the_unit_stood_empty_says_so_and_who_pays(paid_by, payer, officer):
    unit = UnitFactory(provider=provider())
    facts = {"reason": "Damp", "recorded_by": officer, "recorded_at": NOW}
    Void.objects.create(unit=unit, starts_on=date(2026, 3, 5), ends_on=None, paid_by=paid_by, **facts)
    Void.objects.create(unit=unit, starts_on=date(2026, 1, 5), ends_on=THIRD, paid_by=paid_by, **facts)
    lines = [billed(unit=unit.ref), billed(address=f"{unit.address}, {unit.postcode}"), billed(name="Ada Invented")]
    invoice = load(unit.provider, *lines, by=officer)
    assert codes(invoice) == [["NO_BOOKING"]] * 3
    said = f"{unit.ref} stood empty 5 Mar to 9 Mar (Damp), and {payer} pays for that."
    words = [line.findings[0]["words"] for line in invoice.lines.order_by("number")]
    assert [each.endswith(said) for each in words] == [True, True, False]


# Deciding


def test_what_is_not_payable_in_full_is_not_passed(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay, rate=Decimal("65.00")), by=officer)
    with pytest.raises(Refused, match="Part of this line is not payable"):
        decide(invoice, "pass", by=officer)
    with pytest.raises(Refused, match=r"Say why £35\.00 of the line is not paid"):
        decide(invoice, "short_pay", by=officer)
    decide(invoice, "short_pay", reason="Agreed rate", by=officer)
    assert invoice.lines.get().decision == "short_pay"


def test_a_difference_within_the_tolerance_is_short_paid_without_a_reason(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay, rate=Decimal("60.10")), by=officer)
    decide(invoice, "short_pay", by=officer)
    assert invoice.lines.get().payable_net == Decimal("420.00")


def test_what_the_check_found_is_passed_with_a_reason(officer):
    stay = booking(academy_ref="")
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    assert codes(invoice) == [["NOT_IN_ACADEMY"]]
    with pytest.raises(Refused, match="Say why the line is passed although"):
        decide(invoice, "pass", by=officer)
    decide(invoice, "pass", reason="Claim is being made", by=officer)
    assert invoice.lines.get().reason == "Claim is being made"


@pytest.mark.parametrize("decision", ["query", "reject"])
def test_a_line_is_queried_or_rejected_with_a_reason(decision, officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    with pytest.raises(Refused, match="Say why the line is queried or rejected"):
        decide(invoice, decision, 1, by=officer)


def test_nothing_payable_is_not_short_paid_and_what_is_whole_neither(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), billed(), by=officer)
    with pytest.raises(Refused, match="Nothing is taken off this line"):
        decide(invoice, "short_pay", 1, reason="x", by=officer)
    with pytest.raises(Refused, match="Nothing of this line is payable"):
        decide(invoice, "short_pay", 2, reason="x", by=officer)


def test_a_rejected_line_lets_go_of_its_nights_and_another_invoice_can_have_them(officer):
    stay = booking()
    of = stay.unit.provider
    first = load(of, billed(stay), by=officer)
    decide(first, "reject", 1, reason="Billed by mistake", by=officer)
    second = load(of, billed(stay), number="INV-2", by=officer)
    assert codes(second) == [[]]
    with pytest.raises(Refused, match="claimed by another invoice line already"):
        decide(first, "pass", 1, by=officer)
    decide(second, "reject", 1, reason="The first one is right", by=officer)
    decide(first, "pass", 1, by=officer)
    assert NightClaim.objects.filter(is_live=True).get().line.invoice == first


@pytest.mark.parametrize("one_by_one", [True, False])
def test_a_line_blocked_by_one_that_is_rejected_is_checked_again(officer, one_by_one):
    """The same nights twice on an invoice, and the second line is the right one: it need not be asked for."""
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), billed(stay), billed(), by=officer)
    assert codes(invoice) == [[], ["ALREADY_CLAIMED"], ["NO_BOOKING"]]
    first = invoice.lines.get(number=1)
    if one_by_one:
        decide(invoice, "reject", 1, reason="Billed twice", by=officer)
    else:
        chosen = {first.pk: "reject", invoice.lines.get(number=3).pk: "reject"}
        do(services.decide_each, invoice, decisions=chosen, reason="Billed twice", by=officer)
    assert codes(invoice)[:2] == [[], []]
    assert invoice.lines.get(number=2).decision == "pass"
    assert NightClaim.objects.get(is_live=True).line.number == 2
    with pytest.raises(Refused, match="claimed by another invoice line already"):
        decide(invoice, "pass", 1, by=officer)


def test_what_was_decided_of_other_lines_stays_when_one_is_rejected(officer):
    stay, other = booking(), booking(academy_ref="")
    other.unit.provider = stay.unit.provider
    other.unit.save()
    invoice = load(stay.unit.provider, billed(stay), billed(stay), billed(other), by=officer)
    decide(invoice, "pass", 3, reason="Claim is being made", by=officer)
    decide(invoice, "reject", 2, reason="Billed twice", by=officer)
    decide(invoice, "reject", 1, reason="No, this one", by=officer)
    kept = invoice.lines.order_by("number").values_list("decision", "reason")
    assert list(kept) == [("reject", "No, this one"), ("reject", "Billed twice"), ("pass", "Claim is being made")]


def test_lines_of_another_invoice_are_not_decided(officer):
    stay = booking()
    first = load(stay.unit.provider, billed(stay), by=officer)
    second = load(stay.unit.provider, billed(), number="INV-2", by=officer)
    with pytest.raises(Refused, match="Choose lines of this invoice"):
        services.decide(
            invoice_id=first.pk,
            line_ids=[second.lines.get().pk],
            decision="reject",
            reason="x",
            seen_version=1,
            by=officer,
            now=NOW,
        )


def test_a_stale_page_is_refused(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    decide(invoice, "reject", 1, reason="x", by=officer)
    with pytest.raises(Refused, match="changed while you were reading"):
        services.submit(invoice_id=invoice.pk, seen_version=1, by=officer, now=NOW)


def test_checking_again_keeps_decisions_where_the_check_says_the_same(officer):
    stay, other = booking(academy_ref=""), booking()
    other.unit.provider = stay.unit.provider
    other.unit.save()
    invoice = load(stay.unit.provider, billed(stay), billed(other, rate=Decimal("61.00")), by=officer)
    decide(invoice, "pass", 1, reason="Claim is being made", by=officer)
    decide(invoice, "short_pay", 2, reason="Agreed rate", by=officer)
    other.rates.update(amount=Decimal("61.00"))
    do(services.recheck, invoice, by=officer)
    assert [(line.decision, line.codes) for line in invoice.lines.order_by("number")] == [
        ("pass", ["NOT_IN_ACADEMY"]),
        ("pass", []),
    ]
    assert NightClaim.objects.filter(is_live=True).count() == 2


def test_an_officer_says_which_booking_a_line_means(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(net=Decimal("420.00")), by=officer)
    assert codes(invoice) == [["NO_BOOKING"]]
    with pytest.raises(Refused, match="another provider"):
        do(
            services.choose_booking,
            invoice,
            line_id=invoice.lines.get().pk,
            booking=booking(),
            reason="x",
            by=officer,
        )
    do(
        services.choose_booking,
        invoice,
        line_id=invoice.lines.get().pk,
        booking=stay,
        reason="The provider wrote an old name",
        by=officer,
    )
    line = invoice.lines.get()
    assert (line.booking, line.matched, line.codes, line.decision) == (stay, "hand", [], "pass")


def test_whoever_said_which_booking_a_line_means_does_not_approve_it(officer, leader):
    stay = booking()
    invoice = load(stay.unit.provider, billed(net=Decimal("420.00")), by=officer)
    line = invoice.lines.get()
    do(services.choose_booking, invoice, line_id=line.pk, booking=stay, reason="An old name", by=leader)
    assert invoice.lines.get().decided_by is None
    do(services.submit, invoice, by=officer)
    with pytest.raises(Refused, match="someone else must approve it"):
        do(services.approve, invoice, by=leader)
    assert do(services.approve, invoice, by=UserFactory(groups=[roles.TEAM_LEADER])).status == "approved"


# Queries and the clock


def test_a_query_stops_the_clock_until_the_answer(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay, rate=Decimal("65.00")), by=officer)
    with pytest.raises(Refused, match="Choose the lines to query first"):
        do(services.draft_query, invoice, by=officer)
    decide(invoice, "query", reason="Which rate was agreed?", by=officer)
    query = do(services.draft_query, invoice, by=officer)
    assert "£65.00 a night billed, £60.00 agreed." in query.text
    assert "Which rate was agreed?" in query.text
    with pytest.raises(Refused, match="not sent yet"):
        services.record_reply(query_id=query.pk, on=date(2026, 4, 10), reply="Yes", by=officer, now=NOW)
    with pytest.raises(Refused, match="between the invoice's receipt and today"):
        services.record_query_sent(query_id=query.pk, how="email", on=date(2026, 4, 1), by=officer, now=NOW)
    services.record_query_sent(query_id=query.pk, how="email", on=date(2026, 4, 6), by=officer, now=NOW)
    assert approving.due_on(invoice, NOW) == date(2026, 5, 7)  # 30 days from 3 April, and four of them in query
    services.record_reply(query_id=query.pk, on=date(2026, 4, 8), reply="£60.00 is right", by=officer, now=NOW)
    assert approving.due_on(invoice, NOW) == date(2026, 5, 5)


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_rejected_invoice_closes_its_query_and_the_clock_runs_on(officer, is_sent):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    decide(invoice, "query", 1, reason="?", by=officer)
    query = do(services.draft_query, invoice, by=officer)
    if is_sent:
        services.record_query_sent(query_id=query.pk, how="post", on=date(2026, 4, 6), by=officer, now=NOW)
    do(services.reject, invoice, reason="No answer", by=officer)
    query.refresh_from_db()
    assert (query.closed_on, query.closed_by, query.answered_on) == (NOW.date(), officer, None)
    due = pages.Clock(date(2026, 6, 1)).of(pages.invoices().get())
    assert (due.is_stopped, due.stopped_days) == (False, 4 if is_sent else 0)
    verb = services.record_reply if is_sent else services.record_query_sent
    typed = {"reply": "Yes"} if is_sent else {"how": "post"}
    with pytest.raises(Refused, match="An invoice that is rejected is not asked about any more"):
        verb(query_id=query.pk, on=NOW.date(), **typed, by=officer, now=NOW)


def test_a_draft_is_not_sent_once_its_invoice_is_handed_on_or_approved(officer, leader):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    decide(invoice, "query", 1, reason="?", by=officer)
    query = do(services.draft_query, invoice, by=officer)
    decide(invoice, "pass", 1, by=officer)
    do(services.submit, invoice, by=officer)
    sent = {"query_id": query.pk, "how": "post", "on": NOW.date(), "by": officer, "now": NOW}
    with pytest.raises(Refused, match="An invoice that is awaiting approval is not asked about any more"):
        services.record_query_sent(**sent)
    do(services.approve, invoice, by=leader)
    with pytest.raises(Refused, match="An invoice that is approved is not asked about any more"):
        services.record_query_sent(**sent)


def test_an_invoice_in_query_is_not_submitted(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    decide(invoice, "query", 1, reason="?", by=officer)
    with pytest.raises(Refused, match="1 line is in query"):
        do(services.submit, invoice, by=officer)


# Submitting, approving, rejecting


def test_what_is_undecided_or_found_is_settled_before_it_is_submitted(officer):
    stay = booking(academy_ref="")
    invoice = load(stay.unit.provider, billed(stay), stated_total=Decimal("999.00"), by=officer)
    with pytest.raises(Refused, match="1 line is not decided yet"):
        do(services.submit, invoice, by=officer)
    decide(invoice, "pass", reason="Claim is being made", by=officer)
    with pytest.raises(Refused, match=r"Accept or mend first: The invoice says £999\.00"):
        do(services.submit, invoice, by=officer)
    found = Invoice.objects.get().findings[0]
    with pytest.raises(Refused, match="Say why it may stand"):
        do(services.accept_finding, invoice, code=found["code"], words=found["words"], reason=" ", by=officer)
    do(services.accept_finding, invoice, code=found["code"], words=found["words"], reason="Typing error", by=officer)
    assert do(services.submit, invoice, by=officer).status == "ready"


def test_an_invoice_of_which_nothing_is_payable_is_rejected_not_submitted(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(), by=officer)
    decide(invoice, "reject", reason="Unknown", by=officer)
    with pytest.raises(Refused, match="Nothing of this invoice is payable: reject it"):
        do(services.submit, invoice, by=officer)


def test_a_booking_that_changed_since_the_check_stops_the_payment(officer, leader):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    do(services.submit, invoice, by=officer)
    stay.ends_on = date(2026, 3, 9)
    stay.save()
    with pytest.raises(Refused, match="Line 1: The bookings changed since the check"):
        do(services.approve, invoice, by=leader)
    do(services.return_to_officer, invoice, note="Check it again", by=leader)
    do(services.recheck, invoice, by=officer)
    assert codes(invoice) == [["NOT_BOOKED"]]


def test_as_many_nights_as_were_checked_but_other_ones_stop_the_payment(officer, leader):
    """Billed from the 1st to the 7th, the booking moved from 3 to 7 March to 1 to 5 March: five nights either way."""
    stay = booking(ends_on=date(2026, 3, 10))
    lines = [billed(stay, starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 8))]
    invoice = load(stay.unit.provider, *lines, by=officer)
    decide(invoice, "short_pay", reason="Arrived on the 3rd", by=officer)
    do(services.submit, invoice, by=officer)
    stay.starts_on, stay.ends_on = date(2026, 3, 1), date(2026, 3, 6)
    stay.save()
    with pytest.raises(Refused, match="Line 1: the nights that are payable are not those that it claims"):
        do(services.approve, invoice, by=leader)
    do(services.return_to_officer, invoice, note="Check it again", by=leader)
    with pytest.raises(Refused, match="Line 1: the nights that are payable are not those that it claims"):
        do(services.submit, invoice, by=officer)
    do(services.recheck, invoice, by=officer)
    claims = NightClaim.objects.filter(is_live=True).values_list("starts_on", "ends_on")
    assert list(claims) == [(date(2026, 3, 1), date(2026, 3, 6))]


@pytest.mark.parametrize("loss", [{"is_live": False}, {"starts_on": date(2026, 3, 4)}])
def test_a_night_that_is_not_claimed_is_not_paid(officer, leader, loss):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    do(services.submit, invoice, by=officer)
    NightClaim.objects.update(**loss)
    with pytest.raises(Refused, match="Line 1: the nights that are payable are not those that it claims"):
        do(services.approve, invoice, by=leader)


def test_whoever_had_a_hand_in_it_does_not_approve(officer, leader):
    other = UserFactory(groups=[roles.TEAM_LEADER])
    stay = booking(academy_ref="")
    invoice = load(stay.unit.provider, billed(stay), by=other)
    decide(invoice, "pass", reason="Claim is being made", by=leader)
    do(services.submit, invoice, by=officer)
    for person in (other, leader):
        with pytest.raises(Refused, match="someone else must approve it"):
            do(services.approve, invoice, by=person)
    with pytest.raises(Refused, match="does not allow this"):
        do(services.approve, invoice, by=officer)


def test_whoever_booked_what_a_line_is_paid_by_does_not_approve(officer, leader):
    with audit.acting(leader):
        stay = booking()
    with audit.acting(officer):
        stay.rates.update(set_by=officer)
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    do(services.submit, invoice, by=officer)
    words = f"Line 1 is paid by booking {stay.ref}, of which you set the first night, so someone else must approve"
    with pytest.raises(Refused, match=words):
        do(services.approve, invoice, by=leader)
    assert do(services.approve, invoice, by=UserFactory(groups=[roles.TEAM_LEADER])).status == "approved"


def test_whoever_set_a_rate_or_a_departure_that_stands_does_not_approve(officer, leader):
    stay = booking(ends_on=None)
    stays.depart(booking_id=stay.pk, departed_on=TENTH, by=leader, now=NOW)
    invoice = load(stay.unit.provider, billed(stay, ends_on=TENTH, nights=7, net=Decimal("420.00")), by=officer)
    do(services.submit, invoice, by=officer)
    with pytest.raises(Refused, match="of which you set the morning of departure"):
        do(services.approve, invoice, by=leader)
    stays.undo_departure(booking_id=stay.pk, why="It was the 11th", by=officer, now=NOW)
    stays.depart(booking_id=stay.pk, departed_on=date(2026, 3, 11), by=officer, now=NOW)
    rate = stay.rates.get()
    for amount, person in (("61.00", leader), ("60.00", leader)):
        stays.correct_rate(rate_id=rate.pk, amount=Decimal(amount), reason="Agreed", by=person, now=NOW)
    with pytest.raises(Refused, match="of which you set the rate from 3 Mar 2026"):
        do(services.approve, invoice, by=leader)
    stays.correct_rate(rate_id=rate.pk, amount=Decimal("60.50"), reason="Agreed", by=officer, now=NOW)
    stays.correct_rate(rate_id=rate.pk, amount=Decimal("60.00"), reason="Agreed", by=officer, now=NOW)
    assert do(services.approve, invoice, by=leader).status == "approved"


@pytest.mark.parametrize(
    ("from_on", "replaced_on", "counts"),
    [
        (date(2026, 3, 5), None, True),
        (date(2026, 3, 2), None, True),
        (date(2026, 3, 2), THIRD, False),  # another rate is that of every night of the line
        (TENTH, None, False),
    ],
)
def test_a_rate_taken_back_counts_where_it_would_have_been_that_of_a_paid_night(
    from_on, replaced_on, counts, officer, leader
):
    stay = booking(starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 20))
    rate = stays.change_rate(
        booking_id=stay.pk, from_on=from_on, amount=Decimal("50.00"), reason="Agreed", by=officer, now=NOW
    )
    if replaced_on:
        stays.change_rate(
            booking_id=stay.pk, from_on=replaced_on, amount=Decimal("60.00"), reason="Agreed", by=officer, now=NOW
        )
    stays.withdraw_rate(rate_id=rate.pk, why="Never agreed", by=leader, now=NOW)
    invoice = load(stay.unit.provider, billed(stay, starts_on=THIRD, ends_on=TENTH), by=officer)
    assert bool(own_record(invoice, leader.pk)) == counts
    assert not counts or "of which you took back the rate from" in own_record(invoice, leader.pk)


def test_a_rate_of_other_nights_does_not_keep_its_setter_from_approving(officer, leader):
    stay = booking(starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 20))
    for from_on, person in ((date(2026, 3, 2), leader), (THIRD, officer), (TENTH, leader)):
        stays.change_rate(
            booking_id=stay.pk, from_on=from_on, amount=Decimal("60.00"), reason="Agreed", by=person, now=NOW
        )
    invoice = load(stay.unit.provider, billed(stay, starts_on=THIRD, ends_on=TENTH), by=officer)
    assert own_record(invoice, leader.pk) == ""
    assert own_record(invoice, officer.pk) != ""


def test_an_approver_keeps_to_their_limit(officer, leader):
    stay = booking()
    manager = UserFactory(groups=[roles.SERVICE_MANAGER])
    limits.set_limit(
        person=leader, amount=Decimal("400.00"), from_on=NOW.date(), reason="New in post", by=manager, now=NOW
    )
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    do(services.submit, invoice, by=officer)
    with pytest.raises(Refused, match=r"Your approval limit is £400\.00"):
        do(services.approve, invoice, by=leader)
    assert do(services.approve, invoice, by=manager).status == "approved"


def test_a_provider_without_an_approved_account_is_not_paid(officer, leader):
    from tests.factories import UnitFactory

    stay = booking(unit=UnitFactory(provider=ProviderFactory()))
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    do(services.submit, invoice, by=officer)
    with pytest.raises(Refused, match="no approved bank details"):
        do(services.approve, invoice, by=leader)


def test_an_approved_invoice_is_one_payment_coded_by_service_with_vat_apart(officer, leader):
    of = provider(vat="standard")
    of.party.vat_number = "GB685437701"
    of.party.save()
    first = booking(of)
    second = booking(of, household__service="nrtpf", service="nrtpf")
    vat = Decimal("84.00")
    invoice = load(of, billed(first, vat=vat), billed(second, vat=vat), billed(vat=vat), by=officer)
    decide(invoice, "reject", 3, reason="Unknown", by=officer)
    approved(invoice, officer=officer, leader=leader)
    payment = Payment.objects.get()
    assert Invoice.objects.get().payment == payment
    assert (payment.net, payment.vat) == (Decimal("840.00"), Decimal("168.00"))
    assert payment.coding == {"H4420-5530": "420.00", "S2210-5530": "420.00"}
    assert payment.due_on == date(2026, 5, 3)
    assert (payment.source, payment.reference) == ("Invoice INV-1", "LBL INV-1")
    assert (payment.prepared_by, payment.approved_by) == (officer, leader)
    assert [line["amount"] for line in payment.advice["lines"]] == ["420.00", "84.00", "420.00", "84.00", "504.00"]
    assert payment.advice["totals"]["net"] == "1008.00"
    with pytest.raises(Refused, match="An invoice that is approved cannot be rejected"):
        do(services.reject, invoice, reason="x", by=officer)


def test_the_advice_adds_up_at_the_agreed_rates_and_says_what_is_not_paid(officer, leader):
    of = provider()
    one, two, unknown = booking(of), booking(of), billed(unit="U9", ref="OLD-1")
    two.rates.create(from_on=date(2026, 3, 8), amount=Decimal("62.00"), set_by=officer, set_at=NOW)
    over = {"rate": Decimal("65.00")}
    invoice = load(of, billed(one, **over), billed(two, **over), unknown, by=officer)
    decide(invoice, "short_pay", 1, 2, reason="£60.00 was agreed", by=officer)
    decide(invoice, "reject", 3, reason="Nobody of ours", by=officer)
    approved(invoice, officer=officer, leader=leader)
    advice = Advice.from_json(Payment.objects.get().advice)
    paid = [(line.days, line.rent, line.amount) for line in advice.lines if not line.held]
    sixty, later = Decimal("60.00"), Decimal("62.00")
    assert paid == [(7, sixty, sixty * 7), (5, sixty, sixty * 5), (2, later, later * 2)]
    not_paid = [(line.lease, line.kind, line.amount, line.why) for line in advice.lines if line.held]
    assert not_paid == [
        (one.ref, "not_paid", Decimal("35.00"), "£60.00 was agreed"),
        (two.ref, "not_paid", Decimal("31.00"), "£60.00 was agreed"),
        ("OLD-1", "not_paid", Decimal("420.00"), "Nobody of ours"),
    ]
    shown = remittances.shown(advice, "LBL INV-1")
    assert (len(shown.held), [line.amount for line in shown.not_paid]) == (0, [each[2] for each in not_paid])


def test_a_rejected_invoice_lets_go_of_its_nights_and_its_number(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    with pytest.raises(Refused, match="Say why the invoice is rejected"):
        do(services.reject, invoice, reason=" ", by=officer)
    do(services.reject, invoice, reason="Withdrawn by the provider", by=officer)
    assert codes(load(stay.unit.provider, billed(stay), file=("x", b"corrected"), by=officer)) == [[]]


@pytest.mark.parametrize("number", ["inv 1", "INV-1A", "INV/1", "INV-1b"])
def test_a_number_that_is_nearly_the_same_is_noticed_and_linked(number, officer):
    stay = booking()
    first = load(stay.unit.provider, billed(stay), by=officer)
    second = load(stay.unit.provider, billed(rate=Decimal("1.00")), number=number, by=officer)
    assert [(found["code"], found["other"]) for found in second.findings] == [("NEAR_NUMBER", first.pk)]


def test_what_the_file_says_and_was_typed_otherwise_is_found_and_stays(officer):
    stay = booking()
    typed = {"number": "INV-1", "stated_total": Decimal("420.00"), "by": officer}
    invoice = load(stay.unit.provider, billed(stay), in_file=InFile("INV-7", Decimal("520.00")), **typed)
    words = [
        "The file says that the invoice's number is INV-7, and INV-1 was typed.",
        "The file says that the total is £520.00, and £420.00 was typed.",
    ]
    assert [found["words"] for found in invoice.findings] == words
    assert codes(invoice) == [[]]
    found = {name: invoice.findings[0][name] for name in ("code", "words")}
    do(services.accept_finding, invoice, reason="Their file has last month's number.", by=officer, **found)
    again = do(services.recheck, invoice, by=officer)
    assert [(each["words"], bool(each["accepted"])) for each in again.findings] == [(words[0], True), (words[1], False)]
    with pytest.raises(Refused, match="Accept or mend first: The file says that the total"):
        do(services.submit, invoice, by=officer)


@pytest.mark.parametrize("in_file", [InFile(), InFile("inv-1 ", None), InFile("", Decimal("420.00"))])
def test_a_file_that_says_the_same_or_nothing_is_no_finding(in_file, officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), in_file=in_file, stated_total=Decimal("420.00"), by=officer)
    assert invoice.findings == []


def test_the_same_amount_and_dates_and_another_supplier_record_are_noticed(officer):
    of, twin = provider(), provider()
    first = load(of, billed(rate=Decimal("71.00")), by=officer)
    same = load(of, billed(rate=Decimal("71.00")), number="Z-9", by=officer)
    assert [(found["code"], found["other"]) for found in same.findings] == [("SAME_AMOUNT", first.pk)]
    other = load(twin, billed(rate=Decimal("71.00")), number="INV-1", by=officer)
    assert [(found["code"], found["other"]) for found in other.findings] == [("OTHER_SUPPLIER", first.pk)]


def test_a_supplier_without_number_and_vat_without_a_vat_number_are_noticed(officer):
    of = provider(supplier_number="", vat="standard")
    stay = booking(of)
    invoice = load(of, billed(stay, vat=Decimal("84.00")), by=officer)
    assert [found["code"] for found in invoice.findings] == ["SUPPLIER_UNKNOWN", "NO_VAT_NUMBER"]
