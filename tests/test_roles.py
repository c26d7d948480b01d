"""Who may open what: one table of role × view, a row a view, and every address of the project is in it.

Add a row where a view is added: its name, who may (written out, not read from the permissions), and for a view with
arguments a function that makes them. A view that takes only POST says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from bookings.models import AcademyFinding, Circumstance, LicenceSheet, NightlyCap, Void
from bookings.occupancy import services as occupancy
from bookings.occupancy.rules import Answer, Said
from lewisham_ta import files
from lewisham_ta.imports import uploads
from lewisham_ta.models import ApprovalLimit, Job, Setting, User
from lewisham_ta.roles import AUDITOR, CENTRAL_FINANCE, OFFICER, SERVICE_MANAGER, TEAM_LEADER
from payments.controc import services as controc
from payments.invoices import received
from payments.leases.imports.register import PSL_REGISTER
from payments.models import Adjustment, Anomaly, Deputy, Hold, InvoiceLine, RentCap, ScheduleLine, Suspension
from tests.factories import (
    LONG_AGO,
    AcademyAccountFactory,
    BankDetailsFactory,
    BookingFactory,
    CertificateFactory,
    HouseholdFactory,
    LeaseFactory,
    PayeeFactory,
    PropertyFactory,
    ProviderFactory,
    UnitFactory,
    UserFactory,
)
from tests.payments.batches.factories import PaymentFactory, a_remittance, open_batch, printed_batch, sent_batch
from tests.payments.invoices import factories as invoices
from tests.payments.overpayments.factories import a_case

NO_ROLE = "nobody in particular"
ALL = [OFFICER, TEAM_LEADER, SERVICE_MANAGER, CENTRAL_FINANCE, AUDITOR]
TEAM = [OFFICER, TEAM_LEADER, SERVICE_MANAGER]
LEADERS = [TEAM_LEADER, SERVICE_MANAGER]
READERS = [*TEAM, AUDITOR]
ANYBODY = [*ALL, NO_ROLE]
NOBODY: list[str] = []

Arguments = Callable[[User], dict[str, Any]]


@dataclass(frozen=True)
class View:
    """A view and the roles that may open it. `arguments` gets the person who asks and makes the rows it needs."""

    name: str
    roles: list[str]
    arguments: Arguments = lambda user: {}
    method: str = "get"


def academy_match(user: User) -> dict[str, Any]:
    """An open booking without a reference, and an account of the same name and date of birth."""
    booking = BookingFactory(academy_ref="", ends_on=None)
    main = booking.household.members.get()
    account = AcademyAccountFactory(surname=main.surname, born_on=main.born_on)
    return {"booking": booking.pk, "account": account.pk}


def settled_exception(user: User) -> dict[str, Any]:
    settled = {"kind": "stopped", "figures": "x", "note": "Asked", "settled_by": user, "settled_at": LONG_AGO}
    return {"pk": AcademyFinding.objects.create(booking=BookingFactory(), **settled).pk}


def own_job(user: User) -> dict[str, Any]:
    return {"pk": job(requested_by=user).pk}


def job_of_another(user: User) -> dict[str, Any]:
    return {"pk": job(requested_by=UserFactory()).pk}


def job(**fields: Any) -> Job:
    return Job.objects.create(
        kind="toy",
        key="1",
        title="Toy",
        state="failed",
        error="No.",
        requested_at=LONG_AGO,
        finished_at=LONG_AGO,
        **fields,
    )


def a_setting(user: User) -> dict[str, Any]:
    return {"name": "run_day"}


def a_coming_value(user: User) -> dict[str, Any]:
    values = {"name": "run_day", "value": "21", "from_on": date(2030, 1, 1), "reason": "Earlier payday"}
    return {"pk": Setting.objects.create(**values, set_by=user, set_at=LONG_AGO).pk}


def a_person(user: User) -> dict[str, Any]:
    return {"pk": UserFactory().pk}


def a_coming_limit(user: User) -> dict[str, Any]:
    values = {"person": UserFactory(), "from_on": date(2030, 1, 1), "amount": Decimal("5000.00"), "reason": "Rules"}
    return {"pk": ApprovalLimit.objects.create(**values, set_by=UserFactory(), set_at=LONG_AGO).pk}


KERNEL = [
    View("home", ANYBODY),
    View("search", ANYBODY),
    View("job_list", ANYBODY),
    View("job_detail", ANYBODY, own_job),
    View("job_detail", NOBODY, job_of_another),
    View("job_retry", NOBODY, job_of_another, method="post"),
    View("file_download", NOBODY, job_of_another),
    View("settings_list", [*LEADERS, AUDITOR]),
    View("setting_detail", [*LEADERS, AUDITOR], a_setting),
    View("setting_change", LEADERS, a_setting, method="post"),
    View("setting_withdraw", LEADERS, a_coming_value, method="post"),
    View("limit_list", [*LEADERS, AUDITOR]),
    View("limit_detail", [*LEADERS, AUDITOR], a_person),
    View("limit_set", LEADERS, a_person, method="post"),
    View("limit_withdraw", LEADERS, a_coming_limit, method="post"),
    View("people_list", [SERVICE_MANAGER]),
    View("person_add", [SERVICE_MANAGER]),
    View("person_detail", [SERVICE_MANAGER], a_person),
    View("person_role", [SERVICE_MANAGER], a_person, method="post"),
    View("person_deactivate", [SERVICE_MANAGER], a_person, method="post"),
    View("person_reactivate", [SERVICE_MANAGER], a_person, method="post"),
    View("person_reset_password", [SERVICE_MANAGER], a_person, method="post"),
    View("audit_log", [*LEADERS, AUDITOR]),
]


def upload(user: User) -> dict[str, Any]:
    """A register that somebody else handed in: whoever may load one sees it."""
    made = uploads.receive(importer=PSL_REGISTER, name="x.csv", content=b"x", by=UserFactory(), now=LONG_AGO)
    return {"pk": made.pk}


IMPORTS = [
    View("academy:list", READERS),
    View("academy:match_list", READERS),
    View("academy:match", TEAM, academy_match),
    View("academy:reopen", TEAM, settled_exception),
    View("academy:account_detail", READERS, lambda user: {"ref": AcademyAccountFactory().claim_ref}),
    View("import_list", [*TEAM, CENTRAL_FINANCE]),
    View("import_new", TEAM, lambda user: {"kind": "psl-register"}),
    View("import_new", TEAM, lambda user: {"kind": "nightly-paid"}),
    View("import_new", TEAM, lambda user: {"kind": "academy"}),
    View("import_new", TEAM, lambda user: {"kind": "occupancy-list"}),
    View("import_new", [*TEAM, CENTRAL_FINANCE], lambda user: {"kind": "batch-answer"}),
    View("import_detail", TEAM, upload),
    View("import_load", TEAM, upload, method="post"),
    View("import_abandon", TEAM, upload, method="post"),
]


def payee(user: User) -> dict[str, Any]:
    return {"ref": PayeeFactory().party.ref}


def waiting_account(user: User) -> dict[str, Any]:
    return {"pk": BankDetailsFactory(waiting=True).pk}


PAYEES = [
    View("payees:list", READERS),
    View("payees:add", TEAM),
    View("payees:detail", READERS, payee),
    View("payees:change", TEAM, payee),
    View("payees:request_change", TEAM, payee),
    View("payees:request", READERS, waiting_account),
    View("payees:call_back", TEAM, waiting_account, method="post"),
    View("payees:approve", TEAM, waiting_account, method="post"),
    View("payees:refuse", TEAM, waiting_account, method="post"),
    View("payees:approvals", READERS),
    View("payees:approve_first", TEAM, method="post"),
    View("payees:account_check", READERS),
    View("payees:load_table", LEADERS, method="post"),
]


def of_household(user: User) -> dict[str, Any]:
    return {"ref": HouseholdFactory().ref}


def of_member(user: User) -> dict[str, Any]:
    return {"pk": HouseholdFactory().members.get().pk}


def circumstance(user: User) -> dict[str, Any]:
    told = {"kind": "income", "happened_on": date(2026, 3, 1), "told_on": date(2026, 3, 2), "note": "A new job"}
    row = Circumstance.objects.create(household=HouseholdFactory(), recorded_by=user, recorded_at=LONG_AGO, **told)
    return {"pk": row.pk}


def of_unit(user: User) -> dict[str, Any]:
    return {"ref": UnitFactory().ref}


def of_provider(user: User) -> dict[str, Any]:
    return {"ref": ProviderFactory().party.ref}


def nightly_cap(user: User) -> dict[str, Any]:
    return {"pk": NightlyCap.objects.create(size="1", from_on=date(2026, 4, 1), amount=Decimal("80.00")).pk}


HOUSEHOLDS = [
    View("households:list", READERS),
    View("households:add", TEAM),
    View("households:detail", READERS, of_household),
    View("households:change", TEAM, of_household),
    View("households:member_add", TEAM, of_household),
    View("households:member_change", TEAM, of_member),
    View("households:member_remove", TEAM, of_member),
    View("households:circumstance_list", READERS),
    View("households:circumstance_record", TEAM, of_household),
    View("households:pass_on", TEAM, circumstance),
]


def of_booking(user: User) -> dict[str, Any]:
    return {"ref": BookingFactory().ref}


def rate_of_booking(user: User) -> dict[str, Any]:
    return {"pk": BookingFactory().rates.get().pk}


def a_void(user: User) -> dict[str, Any]:
    empty = {"unit": UnitFactory(), "starts_on": date(2026, 3, 1), "reason": "Kept", "paid_by": "council"}
    return {"pk": Void.objects.create(**empty, recorded_by=user, recorded_at=LONG_AGO).pk}


def a_sheet(user: User) -> dict[str, Any]:
    file = files.store("x.pdf", b"x", files.PDF, user, LONG_AGO)
    return {"pk": LicenceSheet.objects.create(booking=BookingFactory(), file=file).pk}


STAYS = [
    View("bookings:list", READERS),
    View("bookings:find", READERS),
    View("bookings:detail", READERS, of_booking),
    View("bookings:open_address", TEAM, of_booking, method="post"),
    View("bookings:book_in", TEAM, lambda user: {"unit": UnitFactory().ref}),
    View("bookings:move", TEAM, lambda user: of_booking(user) | {"unit": UnitFactory().ref}),
    View("bookings:extend", TEAM, of_booking),
    View("bookings:depart", TEAM, of_booking),
    View("bookings:undo_departure", TEAM, of_booking),
    View("bookings:cancel", TEAM, of_booking),
    View("bookings:no_show", TEAM, of_booking),
    View("bookings:reinstate", TEAM, lambda user: {"ref": BookingFactory(status="cancelled").ref}),
    View("bookings:rate_change", TEAM, of_booking),
    View("bookings:rate_correct", TEAM, rate_of_booking),
    View("bookings:rate_withdraw", TEAM, rate_of_booking),
    View("bookings:approve_over_cap", LEADERS, of_booking),
    View("bookings:sheet_make", TEAM, of_booking, method="post"),
    View("bookings:sheet_file", TEAM, a_sheet),
    View("bookings:acknowledge", TEAM, of_booking),
    View("bookings:void_list", READERS),
    View("bookings:void_record", TEAM, lambda user: {"unit": UnitFactory().ref}),
    View("bookings:void_end", TEAM, a_void),
    View("bookings:void_withdraw", TEAM, a_void),
]
UNITS = [
    View("units:list", READERS),
    View("units:add", TEAM),
    View("units:detail", READERS, of_unit),
    View("units:change", TEAM, of_unit),
    View("units:rate_set", TEAM, of_unit),
    View("units:rate_withdraw", TEAM, lambda user: {"pk": UnitFactory().rates.get().pk}),
    View("units:provider_list", READERS),
    View("units:provider_add", TEAM),
    View("units:provider_detail", READERS, of_provider),
    View("units:provider_change", TEAM, of_provider),
    View("units:cap_list", READERS),
    View("units:cap_set", LEADERS),
    View("units:cap_withdraw", LEADERS, nightly_cap),
]


def of_lease(user: User) -> dict[str, Any]:
    return {"ref": LeaseFactory().ref}


def of_property(user: User) -> dict[str, Any]:
    return {"ref": PropertyFactory().ref}


def suspension(user: User) -> dict[str, Any]:
    return {"pk": Suspension.objects.create(lease=LeaseFactory(), starts_on=date(2026, 9, 1), reason="Fire").pk}


def lease_hold(user: User) -> dict[str, Any]:
    return {"pk": Hold.objects.create(lease=LeaseFactory(), starts_on=date(2026, 9, 1), reason="Owner").pk}


def adjustment(user: User) -> dict[str, Any]:
    row = {"month": date(2026, 11, 1), "kind": "credit", "amount": Decimal("10.00"), "narrative": "Keys"}
    return {"pk": Adjustment.objects.create(lease=LeaseFactory(), **row).pk}


def rent_cap(user: User) -> dict[str, Any]:
    return {"pk": RentCap.objects.create(bedrooms=2, from_on=date(2026, 4, 1), weekly_amount=Decimal("450.00")).pk}


LEASES = [
    View("leases:list", READERS),
    View("leases:lease_detail", READERS, of_lease),
    View("leases:lease_add", TEAM),
    View("leases:lease_change", TEAM, of_lease),
    View("leases:hand_back", TEAM, of_lease),
    View("leases:undo_hand_back", TEAM, of_lease),
    View("leases:payee_change", TEAM, of_lease),
    View("leases:payee_withdraw", TEAM, lambda user: {"pk": LeaseFactory().payees.get().pk}),
    View("leases:rent_set", TEAM, of_lease),
    View("leases:rent_correct", TEAM, lambda user: {"pk": LeaseFactory().rents.get().pk}),
    View("leases:rent_withdraw", TEAM, lambda user: {"pk": LeaseFactory().rents.get().pk}),
    View("leases:suspend", TEAM, of_lease),
    View("leases:suspension_end", TEAM, suspension),
    View("leases:suspension_withdraw", TEAM, suspension),
    View("leases:hold", TEAM, of_lease),
    View("leases:hold_who", TEAM, lease_hold),
    View("leases:hold_release", TEAM, lease_hold),
    View("leases:hold_withdraw", TEAM, lease_hold),
    View("leases:adjustment_add", TEAM, of_lease),
    View("leases:adjustment_list", READERS),
    View("leases:adjustments_paste", TEAM),
    View("leases:adjustment_withdraw", TEAM, adjustment),
    View("leases:property_list", READERS),
    View("leases:property_detail", READERS, of_property),
    View("leases:property_add", TEAM),
    View("leases:property_change", TEAM, of_property),
    View("leases:certificate_list", READERS),
    View("leases:certificate_add", TEAM, of_property),
    View("leases:certificate_change", TEAM, lambda user: {"pk": CertificateFactory().pk}),
    View("leases:cap_list", READERS),
    View("leases:cap_set", LEADERS, method="post"),
    View("leases:cap_withdraw", LEADERS, rent_cap),
]


def a_schedule(user: User) -> dict[str, Any]:
    LeaseFactory()
    month = date(2026, 10, 1)
    schedule = controc.generate(month=month, by=UserFactory(), now=datetime(2026, 10, 20, 9, tzinfo=UTC))
    return {"month": f"{schedule.month:%Y-%m}", "number": schedule.number}


def a_line(user: User) -> dict[str, Any]:
    a_schedule(user)
    return {"pk": ScheduleLine.objects.get().pk}


def a_net(user: User) -> dict[str, Any]:
    return a_schedule(user) | {"ref": ScheduleLine.objects.get().payee.party.ref}


def an_anomaly(user: User) -> dict[str, Any]:
    a_schedule(user)
    return {"pk": Anomaly.objects.get(code="CERTIFICATE_EXPIRED").pk}


def a_deputy(user: User) -> dict[str, Any]:
    today = date(2030, 1, 1)
    appointed = {"person": UserFactory(), "from_on": today, "to_on": today, "reason": "Leave"}
    return {"pk": Deputy.objects.create(**appointed, appointed_by=UserFactory(), appointed_at=LONG_AGO).pk}


CONTROC = [
    View("controc:schedule_list", READERS),
    View("controc:generate", TEAM, method="post"),
    View("controc:preview", READERS),
    View("controc:deputy_list", READERS),
    View("controc:deputy_list", LEADERS, method="post"),
    View("controc:line_detail", READERS, a_line),
    View("controc:anomaly_decide", READERS, an_anomaly),
    View("controc:anomaly_decide", TEAM, an_anomaly, method="post"),
    View("controc:held_list", READERS),
    View("controc:withheld", READERS),
    View("controc:release", TEAM, an_anomaly, method="post"),
    View("controc:deputy_end", LEADERS, a_deputy, method="post"),
    View("controc:statement", READERS, payee),
    View("controc:bridge", READERS, a_schedule),
    View("controc:schedule_detail", READERS, a_schedule),
    View("controc:payee_totals", READERS, a_schedule),
    View("controc:net", READERS, a_net),
    View("controc:anomaly_list", READERS, a_schedule),
    View("controc:anomaly_list", TEAM, a_schedule, method="post"),
    View("controc:submit", TEAM, a_schedule, method="post"),
    View("controc:discard", TEAM, a_schedule, method="post"),
    View("controc:sign_off", READERS, a_schedule),
    View("controc:sign_off", TEAM, a_schedule, method="post"),
    View("controc:pack", NOBODY, lambda user: a_schedule(user) | {"kind": "pdf"}),  # there is none before sign-off
]

PAYERS = [*TEAM, CENTRAL_FINANCE]


def a_payment(user: User) -> dict[str, Any]:
    return {"pk": PaymentFactory().pk}


def an_open_batch(user: User) -> dict[str, Any]:
    return {"number": open_batch().number}


def a_file_of_a_batch(user: User) -> dict[str, Any]:
    return {"number": sent_batch().number, "which": "csv"}


def an_item(user: User) -> dict[str, Any]:
    return {"pk": sent_batch().items.get().pk}


def an_advice(user: User) -> dict[str, Any]:
    return {"pk": a_remittance().pk}


def a_printed_batch(user: User) -> dict[str, Any]:
    return {"number": printed_batch().number}


BATCHES = [
    View("batches:list", ALL),
    View("batches:payment_list", ALL),
    View("batches:returned_list", ALL),
    View("batches:payment_detail", ALL, a_payment),
    View("batches:put_right", TEAM, a_payment, method="post"),
    View("batches:withdraw", LEADERS, a_payment, method="post"),
    View("batches:stop", TEAM, a_payment, method="post"),
    View("batches:lift", TEAM, a_payment, method="post"),
    View("batches:make", TEAM, method="post"),
    View("batches:detail", ALL, an_open_batch),
    View("batches:add", TEAM, an_open_batch, method="post"),
    View("batches:take_out", TEAM, an_open_batch, method="post"),
    View("batches:send", TEAM, an_open_batch, method="post"),
    View("batches:file", [OFFICER, CENTRAL_FINANCE], a_file_of_a_batch),
    View("batches:remittance_list", ALL, an_open_batch),
    View("batches:remittance_file", ALL, an_advice),
    View("batches:email_again", TEAM, an_advice, method="post"),
    View("batches:make_advices", TEAM, an_open_batch, method="post"),
    View("batches:print_file", ALL, a_printed_batch),
    View("batches:record_outcome", PAYERS, an_item),
]


def a_booking(user: User) -> dict[str, Any]:
    return {"pk": BookingFactory(unit__district="Croydon").pk}


CLOCKS = [
    View("clocks:list", READERS),
    View("clocks:notice", TEAM, a_booking),
    View("clocks:notice_withdraw", TEAM, a_booking),
]

MONDAY = date(2026, 3, 2)


def a_week(user: User) -> dict[str, Any]:
    return {"pk": BookingFactory().unit.provider_id, "week": MONDAY}


def an_occupancy_list(user: User) -> dict[str, Any]:
    provider = BookingFactory(unit__provider__party__email="rooms@example.org").unit.provider
    by = UserFactory()
    return {"pk": occupancy.make_list(provider_id=provider.pk, week=MONDAY, by=by, now=datetime.now(UTC)).pk}


def confirmed_nights(user: User) -> dict[str, Any]:
    booking = BookingFactory()
    said = [Said(booking.pk, Answer(date(2026, 3, 3), date(2026, 3, 8), True))]
    provider, by, now = booking.unit.provider_id, UserFactory(), datetime.now(UTC)
    occupancy.confirm(provider_id=provider, week=MONDAY, said=said, by=by, now=now)
    return {"pk": booking.pk, "first_on": date(2026, 3, 3)}


OCCUPANCY = [
    View("occupancy:week_list", READERS),
    View("occupancy:tonight", READERS),
    View("occupancy:movements", READERS),
    View("occupancy:gap_list", READERS),
    View("occupancy:unit_month", READERS, lambda user: {"pk": UnitFactory().pk}),
    View("occupancy:household_month", READERS, lambda user: {"pk": HouseholdFactory().pk}),
    View("occupancy:absence_list", READERS),
    View("occupancy:correct", TEAM, confirmed_nights),
    View("occupancy:list_file", TEAM, an_occupancy_list),
    View("occupancy:list_email", TEAM, an_occupancy_list, method="post"),
    View("occupancy:lists_make", TEAM, lambda user: {"week": MONDAY}, method="post"),
    View("occupancy:lists_email", TEAM, lambda user: {"week": MONDAY}, method="post"),
    View("occupancy:provider_week", READERS, a_week),
    View("occupancy:provider_week", TEAM, a_week, method="post"),
    View("occupancy:list_make", TEAM, a_week, method="post"),
]


def an_invoice(user: User) -> dict[str, Any]:
    stay = invoices.booking()
    return {"pk": invoices.load(stay.unit.provider, invoices.billed(stay)).pk}


def an_invoice_line(user: User) -> dict[str, Any]:
    return {"pk": InvoiceLine.objects.get(invoice=an_invoice(user)["pk"]).pk}


def a_received_pdf(user: User) -> dict[str, Any]:
    return _received(user, b"%PDF-1.7 invented")


def a_received_list(user: User) -> dict[str, Any]:
    return _received(user, b"Booking ref,From,To,Net\nB1,01/03/2026,08/03/2026,420.00\n")


def _received(user: User, content: bytes) -> dict[str, Any]:
    file = files.store("invoice", content, "application/octet-stream", user, datetime.now(UTC))
    on = date(2026, 4, 3)
    return {"token": received.token(provider=ProviderFactory(), number="1", received_on=on, file=file, by=user)}


def an_invoice_with_a_pdf(user: User) -> dict[str, Any]:
    stay = invoices.booking()
    return {"pk": invoices.load(stay.unit.provider, invoices.billed(stay), file=("x.pdf", b"%PDF-1.7")).pk}


def a_query(user: User) -> dict[str, Any]:
    return {"pk": invoices.queried().pk}


def an_email_to_a_provider(user: User) -> dict[str, Any]:
    return {"pk": invoices.queried().email.pk}


def an_overpayment(user: User) -> dict[str, Any]:
    return {"pk": a_case().pk}


OVERPAYMENTS = [
    View("overpayments:list", READERS),
    View("overpayments:detail", READERS, an_overpayment),
    View("overpayments:agree", TEAM, an_overpayment),
    View("overpayments:recover", TEAM, an_overpayment),
    View("overpayments:ask_write_off", TEAM, an_overpayment),
    View("overpayments:write_off", LEADERS, an_overpayment),
]


INVOICES = [
    View("invoices:expected", READERS),
    View("invoices:accrual", READERS),
    View("invoices:chase", TEAM, lambda user: {"pk": ProviderFactory().pk}),
    View("invoices:query", TEAM, an_invoice),
    View("invoices:reply", TEAM, a_query),
    View("invoices:email_again", TEAM, an_email_to_a_provider, method="post"),
    View("invoices:load", TEAM),
    View("invoices:understood", TEAM, a_received_list),
    View("invoices:typed", TEAM, a_received_pdf),
    View("invoices:received_pdf", TEAM, a_received_pdf),
    View("invoices:file", READERS, an_invoice),
    View("invoices:pdf", READERS, an_invoice_with_a_pdf),
    View("invoices:list", READERS),
    View("invoices:detail", READERS, an_invoice),
    View("invoices:decide", TEAM, an_invoice, method="post"),
    View("invoices:accept", TEAM, an_invoice, method="post"),
    View("invoices:recheck", TEAM, an_invoice, method="post"),
    View("invoices:submit", TEAM, an_invoice, method="post"),
    View("invoices:approve", LEADERS, an_invoice, method="post"),
    View("invoices:return", LEADERS, an_invoice),
    View("invoices:reject", TEAM, an_invoice),
    View("invoices:void", LEADERS, an_invoice),
    View("invoices:line", READERS, an_invoice_line),
    View("invoices:line_decide", TEAM, an_invoice_line, method="post"),
    View("invoices:line_booking", TEAM, an_invoice_line, method="post"),
]

VIEWS = [
    *KERNEL,
    *IMPORTS,
    *PAYEES,
    *LEASES,
    *CONTROC,
    *BATCHES,
    *HOUSEHOLDS,
    *UNITS,
    *STAYS,
    *CLOCKS,
    *OCCUPANCY,
    *INVOICES,
    *OVERPAYMENTS,
]

# Log-in and one's own password are for everybody, and health is asked by machines: they have tests of their own.
OF_THEIR_OWN = ("account_", "mfa_", "health")


def label(view: View) -> str:
    return f"{view.name} by {view.method}"


@pytest.mark.parametrize("role", ANYBODY)
@pytest.mark.parametrize("view", VIEWS, ids=label)
def test_a_view_is_open_to_its_roles_and_to_nobody_else(view, role, client, db):
    user = UserFactory(groups=[role] if role in ALL else [])
    client.force_login(user)
    answer = getattr(client, view.method)(reverse(view.name, kwargs=view.arguments(user)))
    if role in view.roles:
        assert answer.status_code in (200, 302, 400)
        assert not getattr(answer, "url", "").startswith(reverse("account_login"))
    else:
        assert answer.status_code in (403, 404)


@pytest.mark.parametrize("view", VIEWS, ids=label)
def test_a_stranger_is_sent_to_the_log_in(view, client, db):
    answer = getattr(client, view.method)(reverse(view.name, kwargs=view.arguments(UserFactory())))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_every_address_is_in_the_table():
    named = {name for name in addresses(get_resolver()) if not name.startswith(OF_THEIR_OWN)}
    assert named == {view.name for view in VIEWS}


def addresses(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """The name of every address; one without a name is told by its route, and so is never in the table."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield namespace + (entry.name or str(entry.pattern))
        else:
            yield from addresses(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
