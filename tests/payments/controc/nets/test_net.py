"""A payee's net of a schedule is added up on one page, and every figure of it leads to its own explanation."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from lewisham_ta import audit, roles
from payments.batches import sources
from payments.controc import services
from payments.controc.nets.selectors import net_of, totals
from payments.models import Adjustment, LeaseRent, Payee, PayeeTotal, ScheduleLine
from tests.factories import BankDetailsFactory, UserFactory
from tests.payments.controc.helpers import NOW, OCTOBER, SEPTEMBER, lease

pytestmark = pytest.mark.django_db


@pytest.fixture
def payee():
    return BankDetailsFactory(payee__party__ref="L0042").payee


def the_net(payee, month=OCTOBER):
    return net_of(totals().get(payee=payee, schedule__month=month))


def the_net_address() -> str:
    return reverse("controc:net", args=["2026-10", 0, "L0042"])


def steps(net) -> dict[str, Decimal]:
    return {step.words: step.amount for step in net.steps}


def shown(client, payee, month="2026-10", user=None, **query):
    client.force_login(user or UserFactory(groups=[roles.OFFICER]))
    return client.get(reverse("controc:net", args=[month, 0, payee.party.ref]), query)


def words(response) -> str:
    return " ".join(response.content.decode().split())


def test_rent_a_correction_a_recharge_and_tax_add_up_to_the_net(payee, officer, close):
    Payee.objects.filter(pk=payee.pk).update(is_overseas=True)
    made = lease(payee=payee)
    close(SEPTEMBER)
    recharge = {"kind": "recharge", "amount": Decimal("50.00"), "narrative": "Lost keys"}
    with audit.acting(officer):
        LeaseRent.objects.filter(lease=made).update(amount=Decimal("364.00"))
        Adjustment.objects.create(lease=made, month=OCTOBER, **recharge)
    close(OCTOBER)
    net = the_net(payee)
    assert steps(net) == {
        "Rent": Decimal("1612.00"),
        "Backdated": Decimal("60.00"),
        "Adjustments": Decimal("-50.00"),
        "Non-resident landlord tax withheld": Decimal("-324.40"),
    }
    assert net.total.net == sum(steps(net).values())
    assert net.steps[-1].note == "20% of £1,622.00, the rent paid less the recharges taken off"
    assert net.before.schedule.month == SEPTEMBER


def test_what_is_held_is_beside_the_sum_with_why_and_who_must_act(client, payee, officer):
    made, other = lease(payee=payee), lease(payee=payee)
    with audit.acting(officer):
        made.holds.create(starts_on=SEPTEMBER, reason="Ceiling is down", must_act="Surveyor")
    services.generate(month=OCTOBER, by=officer, now=NOW)
    net = the_net(payee)
    assert [row.line.lease for row in net.held] == [made]
    assert steps(net) == {"Rent": Decimal("1550.00")}
    assert net.total.net == Decimal("1550.00")
    page = words(shown(client, payee))
    assert "Held, not paid with this schedule" in page
    assert "Ceiling is down" in page
    assert "Surveyor" in page
    for line in ScheduleLine.objects.all():
        assert reverse("controc:line_detail", args=[line.pk]) in page
    assert reverse("leases:lease_detail", args=[other.ref]) in page


def test_a_balance_below_zero_is_carried_and_leads_back_to_its_month(client, payee, close):
    made = lease(payee=payee)
    Adjustment.objects.create(
        lease=made, month=SEPTEMBER, kind="recharge", amount=Decimal("1600.00"), narrative="Flood"
    )
    close(SEPTEMBER)
    september = the_net(payee, SEPTEMBER)
    assert steps(september)["Carried forward"] == Decimal("100.00")
    assert sum(steps(september).values()) == september.total.net == 0
    close(OCTOBER)
    october = the_net(payee)
    assert steps(october) == {"Rent": Decimal("1550.00"), "Brought forward": Decimal("-100.00")}
    assert f'href="{reverse("controc:net", args=["2026-09", 0, "L0042"])}"' in words(shown(client, payee))


def test_the_workbook_adds_up_to_the_net_and_has_what_is_held(client, payee, officer):
    held = lease(payee=payee)
    lease(payee=payee)
    with audit.acting(officer):
        held.holds.create(starts_on=SEPTEMBER, reason="Unsafe", must_act="Surveyor")
    services.generate(month=OCTOBER, by=officer, now=NOW)
    book = load_workbook(BytesIO(shown(client, payee, export="xlsx").content))
    *rows, last = [row[6] for row in book["Net"].values][1:]
    assert sum(rows) == last == 1550
    assert list(book["Held, not paid"].values)[1][6:] == (
        1550,
        "On hold from 1 Sep 2026 until further notice: Unsafe",
        "Surveyor",
    )


def test_every_place_that_shows_the_net_leads_to_its_page(client, payee, close):
    lease(payee=payee)
    close(OCTOBER)
    client.force_login(UserFactory(groups=[roles.OFFICER]))
    for name, args in (
        ("controc:payee_totals", ["2026-10", 0]),
        ("controc:line_detail", [ScheduleLine.objects.get().pk]),
        ("controc:statement", ["L0042"]),
        ("payees:detail", ["L0042"]),
        ("batches:payment_detail", [PayeeTotal.objects.get().payment_id]),
    ):
        page = words(client.get(reverse(name, args=args), {"from": "2026-10", "to": "2026-10"}))
        assert f'href="{the_net_address()}"' in page, name


def test_who_sees_no_schedules_is_led_to_none_from_a_payment(payee, close):
    lease(payee=payee)
    close(OCTOBER)
    payment = PayeeTotal.objects.get().payment
    assert sources.url_of(UserFactory(groups=[roles.OFFICER]), payment) == the_net_address()
    assert sources.url_of(UserFactory(groups=[]), payment) == ""


def test_a_payee_that_is_not_on_the_schedule_has_no_page(client, payee, officer):
    lease()
    services.generate(month=OCTOBER, by=officer, now=NOW)
    assert shown(client, payee).status_code == 404


@pytest.mark.parametrize("leases", [2, 20])
def test_the_page_costs_the_same_however_many_lines(leases, client, payee, officer, django_assert_num_queries):
    for number in range(leases):
        made = lease(payee=payee)
        if number % 2:
            with audit.acting(officer):
                made.holds.create(starts_on=SEPTEMBER, reason="Unsafe")
    services.generate(month=OCTOBER, by=officer, now=NOW)
    user = UserFactory(groups=[roles.OFFICER])
    shown(client, payee, user=user)
    with django_assert_num_queries(20):
        client.get(reverse("controc:net", args=["2026-10", 0, "L0042"]))
