"""Overpayments: refusals first, then how a case goes its way, what the database keeps, and what the pages say."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lewisham_ta import limits, roles
from lewisham_ta.refusals import Refused
from payments.models import OverpaymentCase, OverpaymentLine
from payments.overpayments import rules, services
from tests.factories import UserFactory
from tests.payments.overpayments.factories import LINE, NOW, a_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return UserFactory()


@pytest.fixture
def leader():
    return UserFactory(groups=[roles.TEAM_LEADER])


def do(service, case, *, by, note="Credit note 12"):
    return service(case_id=case.pk, note=note, by=by, now=NOW)


def test_a_case_adds_its_lines_up_and_says_the_cause():
    case = a_case(LINE, LINE._replace(cause="rate", nights=0))
    assert (case.cause, case.nights, case.amount, case.status) == ("several", 2, Decimal("288.00"), "found")
    assert a_case().cause == "shortened"


def test_it_is_agreed_before_it_is_recovered(officer):
    case = a_case()
    with pytest.raises(Refused, match="Agree it with the payee first"):
        do(services.recover, case, by=officer)
    do(services.agree, case, by=officer)
    with pytest.raises(Refused, match="It is agreed already"):
        do(services.agree, case, by=officer)
    with pytest.raises(Refused, match="someone else must settle it"):
        do(services.recover, case, by=officer)
    assert do(services.recover, case, by=UserFactory()).status == "recovered"
    with pytest.raises(Refused, match="It is recovered already"):
        do(services.recover, case, by=officer)


def test_it_is_settled_with_a_note(officer):
    case = a_case()
    do(services.agree, case, by=officer)
    with pytest.raises(Refused, match="Say how it was recovered"):
        do(services.recover, case, note=" ", by=UserFactory())


def test_it_is_written_off_by_who_may_and_did_not_agree_it_and_within_their_limit(officer, leader):
    case = a_case()
    with pytest.raises(Refused, match="does not allow this"):
        do(services.write_off, case, by=officer)
    do(services.agree, case, by=leader)
    with pytest.raises(Refused, match="someone else must settle it"):
        do(services.write_off, case, by=leader)
    other, manager = UserFactory(groups=[roles.TEAM_LEADER]), UserFactory(groups=[roles.SERVICE_MANAGER])
    limits.set_limit(
        person=other, amount=Decimal("100.00"), from_on=NOW.date(), reason="New in post", by=manager, now=NOW
    )
    with pytest.raises(Refused, match=r"Your approval limit is £100\.00"):
        do(services.write_off, case, by=other)
    assert do(services.write_off, case, by=manager).status == "written_off"


def test_what_was_only_found_is_written_off_by_two_people(leader):
    case = a_case()
    with pytest.raises(Refused, match="somebody else must ask for it first"):
        do(services.write_off, case, by=leader)
    do(services.ask_write_off, case, by=leader, note="The company is wound up")
    with pytest.raises(Refused, match="It is asked for already"):
        do(services.ask_write_off, case, by=leader)
    with pytest.raises(Refused, match="You asked for this write-off"):
        do(services.write_off, case, by=leader)
    assert do(services.write_off, case, by=UserFactory(groups=[roles.SERVICE_MANAGER])).status == "written_off"
    with pytest.raises(Refused, match="It is written off already"):
        do(services.ask_write_off, case, by=leader)


def test_a_case_that_is_agreed_after_a_write_off_was_asked_for_is_still_settled_by_either_of_two(officer, leader):
    case = a_case()
    do(services.ask_write_off, case, by=leader)
    agreed = do(services.agree, case, by=officer)
    assert (agreed.asked_by, agreed.asked_at) == (None, None)
    with pytest.raises(Refused, match="whoever did not agree it can write it off"):
        do(services.ask_write_off, case, by=leader)
    assert do(services.write_off, case, by=leader).status == "written_off"


def test_the_database_asks_two_people_for_a_write_off(officer, leader):
    cases = OverpaymentCase.objects.filter(pk=a_case().pk)
    done = {"status": "written_off", "settled_by": leader, "settled_at": NOW, "note": "x"}
    with pytest.raises(IntegrityError, match="overpayment_written_off_by_two"), transaction.atomic():
        cases.update(**done)
    with pytest.raises(IntegrityError, match="overpayment_asked_is_whole"), transaction.atomic():
        cases.update(asked_by=leader)
    with pytest.raises(IntegrityError, match="overpayment_written_off_by_another"), transaction.atomic():
        cases.update(asked_by=leader, asked_at=NOW, **done)
    cases.update(asked_by=officer, asked_at=NOW, **done)


def test_what_is_settled_is_not_dropped_and_a_dropped_case_was_settled_by_nobody(officer, leader):
    case = a_case()
    do(services.agree, case, by=officer)
    dropped = do(services.drop, case, by=None, note="The booking was put right")
    assert (dropped.status, dropped.settled_by, dropped.settled_at) == ("dropped", None, NOW)
    with pytest.raises(Refused, match="It is seen not to be overpaid already"):
        do(services.drop, case, by=None)
    other = a_case()
    with pytest.raises(IntegrityError, match="overpayment_settled_is_whole"), transaction.atomic():
        OverpaymentCase.objects.filter(pk=other.pk).update(
            status="dropped", settled_by=leader, settled_at=NOW, note="Because"
        )


def test_a_write_off_that_is_asked_for_waits_for_somebody_else_who_may(client, officer, leader):
    case = a_case()
    client.force_login(officer)
    assert "Ask to write off" in client.get(reverse("overpayments:detail", args=[case.pk])).content.decode()
    client.post(reverse("overpayments:ask_write_off", args=[case.pk]), {"note": "Wound up"})
    page = client.get(reverse("overpayments:detail", args=[case.pk])).content.decode()
    assert "Write-off asked for" in page
    assert "Ask to write off" not in page
    assert "Write-offs asked for" not in client.get(reverse("home")).content.decode()
    client.force_login(leader)
    assert "Write-offs asked for" in client.get(reverse("home")).content.decode()
    assert "O0" in client.get(reverse("overpayments:list") + "?status=asked").content.decode()


def test_the_moves_are_those_written_here():
    assert {
        "found": {"agreed", "written_off", "dropped"},
        "agreed": {"recovered", "written_off", "dropped"},
        "recovered": set(),
        "written_off": set(),
        "dropped": set(),
    } == rules.MOVES


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("overpayment_cause_is_known", {"cause": "luck"}),
        ("overpayment_above_zero", {"amount": Decimal("0.00")}),
        ("overpayment_agreed_is_whole", {"agreed_at": NOW}),
        ("overpayment_settled_is_whole", {"settled_at": NOW}),
    ],
)
def test_a_case_is_whole(constraint, values):
    case = a_case()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OverpaymentCase.objects.filter(pk=case.pk).update(**values)


def test_the_database_keeps_to_the_moves_and_to_the_words(officer):
    cases = OverpaymentCase.objects.filter(pk=a_case().pk)
    with pytest.raises(DatabaseError, match="transition"), transaction.atomic():
        cases.update(status="recovered")
    settled = {"settled_by": officer, "settled_at": NOW}
    with pytest.raises(IntegrityError, match="overpayment_settled_says_how"), transaction.atomic():
        cases.update(status="written_off", **settled)
    cases.update(status="agreed", agreed_by=officer, agreed_at=NOW)
    for status in ("recovered", "written_off"):
        with pytest.raises(IntegrityError, match="overpayment_settled_by_another"), transaction.atomic():
            cases.update(status=status, note="x", **settled)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        cases.delete()


def test_a_status_is_known(officer):
    kept = {"payee": a_case().payee, "cause": "other", "found_at": NOW, "amount": Decimal("1.00")}
    with pytest.raises(IntegrityError, match=r"overpayment_status_is_known|overpayment_settled_is_whole"):
        OverpaymentCase.objects.create(**kept, status="lost")


def test_a_line_is_above_zero_has_a_night_and_is_kept():
    case = a_case()
    kept = {"case": case, "words": "x", "starts_on": LINE.starts_on, "ends_on": LINE.ends_on, "net": Decimal("1.00")}
    with pytest.raises(IntegrityError, match="overpayment_line_above_zero"), transaction.atomic():
        OverpaymentLine.objects.create(**kept | {"net": Decimal("0.00")})
    with pytest.raises(IntegrityError, match="overpayment_line_has_a_night"), transaction.atomic():
        OverpaymentLine.objects.create(**kept | {"ends_on": LINE.starts_on})
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        OverpaymentLine.objects.update(words="y")


def page(client, name, *args, **query):
    return client.get(reverse(f"overpayments:{name}", args=args), query)


def said(answer):
    return " ".join(answer.content.decode().split())


def test_the_register_is_filtered_and_adds_up(client, officer):
    client.force_login(officer)
    case, other = a_case(), a_case()
    do(services.agree, other, by=officer)
    words = said(page(client, "list"))
    assert "£144.00" in words
    rows = page(client, "list", status="found").context["table"].rows
    assert [row.record.pk for row in rows] == [case.pk]
    rows = page(client, "list", q=other.payee.party.ref).context["table"].rows
    assert [row.record.pk for row in rows] == [other.pk]


def test_a_case_is_agreed_on_its_page(client, officer):
    client.force_login(officer)
    case = a_case()
    assert "Agreed with the payee" in said(page(client, "detail", case.pk))
    answer = client.post(reverse("overpayments:agree", args=[case.pk]), {"note": "Letter of 9 April"}, follow=True)
    assert "Recorded as agreed with the payee." in said(answer)
    assert OverpaymentCase.objects.get().note == "Letter of 9 April"
    assert "Write off" not in said(page(client, "detail", case.pk))


def test_a_refusal_stands_at_what_was_typed(client, officer):
    client.force_login(officer)
    case = a_case()
    answer = client.post(reverse("overpayments:recover", args=[case.pk]), {"note": "Credit note 12"})
    assert "Agree it with the payee first." in said(answer)
    assert "Credit note 12" in said(answer)


def test_the_register_costs_the_same_however_long(client, officer):
    client.force_login(officer)
    costs = []
    for more in (2, 10):
        for _ in range(more):
            a_case()
        page(client, "list")
        with CaptureQueriesContext(connection) as queries:
            page(client, "list")
        costs.append(len(queries))
    assert costs[0] == costs[1]
