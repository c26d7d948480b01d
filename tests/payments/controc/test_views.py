"""The pages of a schedule: what they show, what they cost, and what they refuse in words."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from lewisham_ta import roles
from lewisham_ta.models import ApprovalLimit, Job
from payments.controc import services, tasks
from payments.controc.previewing import PreviewTable
from payments.models import Adjustment, Anomaly, LeaseRent, PayeeTotal, Schedule, ScheduleLine
from tests.factories import CertificateFactory, LeaseFactory, PayeeFactory, UserFactory

NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
AT = ["2026-10", 0]

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return UserFactory(groups=[roles.OFFICER])


@pytest.fixture
def leader():
    return UserFactory(groups=[roles.TEAM_LEADER])


def certified(**lease):
    """A lease whose property has all its certificates, so that no rule finds anything."""
    made = LeaseFactory(**lease)
    for kind in ("gas", "eicr", "epc"):
        CertificateFactory(property=made.property, kind=kind)
    return made


@pytest.fixture
def october(officer):
    """A draft: an ordinary lease, one without certificates (CHECK), one whose payee has no account (STOP)."""
    certified(ref="LS00001")
    LeaseFactory(ref="LS00002")
    certified(ref="LS00003", payee=PayeeFactory(party__ref="L9999"))
    return services.generate(month=OCTOBER, by=officer, now=NOW)


def page(client, user, name, *args, **query):
    client.force_login(user)
    return client.get(reverse(f"controc:{name}", args=args), query)


def words_of(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("name", ["schedule_detail", "payee_totals", "anomaly_list", "bridge", "sign_off"])
def test_the_pages_of_a_schedule_open(client, officer, october, name):
    response = page(client, officer, name, *AT)
    assert response.status_code == 200
    assert "October 2026" in words_of(response)


def test_the_list_names_the_schedule_and_its_total(client, officer, october):
    shown = words_of(page(client, officer, "schedule_list"))
    assert "October 2026" in shown
    assert "4,650.00" in shown  # three leases, £350 ÷ 7 × 31 days


def test_the_worst_lines_come_first(client, officer, october):
    shown = words_of(page(client, officer, "schedule_detail", *AT))
    assert shown.index("LS00003</a>") < shown.index("LS00002</a>") < shown.index("LS00001</a>")


def test_an_amount_opens_to_its_working_and_a_lease_to_its_page(client, officer, october):
    line = ScheduleLine.objects.get(lease__ref="LS00001")
    shown = words_of(page(client, officer, "schedule_detail", *AT))
    assert f'<a href="{reverse("controc:line_detail", args=[line.pk])}">1,550.00</a>' in shown
    assert f'<a href="{reverse("leases:lease_detail", args=["LS00001"])}">LS00001</a>' in shown


def test_the_lines_go_to_excel_as_numbers_with_what_was_found(client, officer, october):
    answer = page(client, officer, "schedule_detail", *AT, export="xlsx")
    headings, stopped, checked, ordinary, total = load_workbook(BytesIO(answer.content)).active.values
    first, second, third = (dict(zip(headings, row, strict=True)) for row in (stopped, checked, ordinary))
    assert (first["Lease"], first["Payee ref"], first["Amount £"], first["Pay"]) == (
        "LS00003",
        "L9999",
        1550,
        "Stopped",
    )
    assert first["What was found"].startswith("STOP: Something is payable and there are no approved bank details.")
    assert second["What was found"].startswith("CHECK: ")
    assert (third["Pay"], third["What was found"], third["Last month £"]) == ("Pay", None, None)
    assert total[headings.index("Amount £")] == 4650


def test_last_month_is_a_number_in_excel(client, officer, leader, october):
    decide_all(october, officer)
    submitted(october, officer)
    services.sign_off(schedule_id=october.pk, seen_version=version_of(october), by=leader, now=NOW)
    services.generate(month=date(2026, 11, 1), by=officer, now=NOW)
    answer = page(client, officer, "schedule_detail", "2026-11", 0, export="xlsx")
    headings, *rows = load_workbook(BytesIO(answer.content)).active.values
    assert {row[headings.index("Last month £")] for row in rows[:-1] if row[headings.index("Line")] == "Rent"} == {1550}


def test_a_supplementary_is_compared_with_what_its_month_came_to_already(client, officer, leader, october):
    decide_all(october, officer)
    submitted(october, officer)
    services.sign_off(schedule_id=october.pk, seen_version=version_of(october), by=leader, now=NOW)
    certified(ref="LS00004", starts_on=date(2026, 10, 1))
    services.generate(month=OCTOBER, number=1, by=officer, now=NOW)
    shown = words_of(page(client, officer, "schedule_detail", "2026-10", 1))
    assert "Before this in October" in shown
    assert "£3,100.00" in shown  # two leases were paid, the third is held
    assert "1 line, 1 payee" in shown
    home = words_of(client.get(reverse("home")))
    assert "£4,650.00</a>" in home  # the month with its supplementary, not the supplementary alone
    assert "2 payees" not in home


def test_a_line_explains_its_amount(client, officer, october):
    line = ScheduleLine.objects.get(lease__ref="LS00001")
    shown = words_of(page(client, officer, "line_detail", line.pk))
    assert "£350.00 ÷ 7 × 31 = £1,550.00" in shown
    rent = LeaseRent.objects.get(lease=line.lease)
    assert f"{rent.set_by}" in shown


def test_a_month_that_is_none_and_a_schedule_that_is_not_there_are_not_found(client, officer, october):
    assert page(client, officer, "schedule_detail", "2026-13", 0).status_code == 404
    assert page(client, officer, "schedule_detail", "2026-11", 0).status_code == 404


def test_anomalies_are_accepted_in_bulk_with_a_reason(client, officer, october):
    check = Anomaly.objects.get(code="CERTIFICATE_EXPIRED")
    client.force_login(officer)
    address = reverse("controc:anomaly_list", args=AT)
    sent = {"selected": [check.pk], "decision": "accepted", "seen_version": october.version}

    refused = client.post(address, sent)
    assert "Give the reason" in words_of(refused)
    assert f'<input checked type="checkbox" class="form-check-input" name="selected" value="{check.pk}"' in words_of(
        refused
    )
    check.refresh_from_db()
    assert check.decision == ""

    client.post(address, sent | {"reason": "Booked for Tuesday."})
    check.refresh_from_db()
    assert (check.decision, check.reason, check.decided_by) == ("accepted", "Booked for Tuesday.", officer)


def test_a_decision_says_who_took_it_when_and_what_it_was_before(client, officer, october):
    decide_all(october, officer)
    check = Anomaly.objects.get(code="CERTIFICATE_EXPIRED")
    shown = words_of(page(client, officer, "anomaly_decide", check.pk))
    assert f"by {officer}, 20 Oct 2026, 10:00: Looked at." in shown
    assert "<h2>History</h2>" in shown
    assert f'<a href="{reverse("leases:lease_detail", args=["LS00002"])}">LS00002</a>' in shown


def test_a_stop_cannot_be_accepted_and_what_was_typed_stays(client, officer, october):
    stop = Anomaly.objects.get(code="NO_BANK_DETAILS")
    client.force_login(officer)
    response = client.post(
        reverse("controc:anomaly_decide", args=[stop.pk]),
        {"selected": [stop.pk], "decision": "accepted", "reason": "Typed with care", "seen_version": october.version},
    )
    assert "A STOP cannot be accepted" in words_of(response)
    assert "Typed with care" in words_of(response)


def test_a_stop_among_the_ticked_rows_is_named_and_linked(client, officer, october):
    stop, check = (Anomaly.objects.get(code=code) for code in ("NO_BANK_DETAILS", "CERTIFICATE_EXPIRED"))
    client.force_login(officer)
    ticked = {
        "selected": [check.pk, stop.pk],
        "decision": "accepted",
        "reason": "Seen",
        "seen_version": october.version,
    }
    shown = words_of(client.post(reverse("controc:anomaly_list", args=AT), ticked))
    words = "A STOP cannot be accepted: mend it or hold it (No bank details, L9999)."
    assert f'<a href="{reverse("controc:anomaly_decide", args=[stop.pk])}">{words}</a>' in shown
    assert Anomaly.objects.filter(decision="accepted").count() == 0


def test_what_is_decided_is_a_filter_of_the_inbox(client, officer, october):
    decide_all(october, officer)
    shown = words_of(page(client, officer, "anomaly_list", *AT, decision="decided"))
    assert "Looked at." in shown
    assert "?decision=decided" in words_of(page(client, officer, "schedule_detail", *AT))
    assert "No anomaly matches the filters." in words_of(page(client, officer, "anomaly_list", *AT, decision="open"))


def test_the_history_of_a_schedule_is_told_in_words(client, officer, october):
    decide_all(october, officer)
    shown = words_of(page(client, officer, "sign_off", *AT))
    assert "Schedule generated" in shown
    assert "Anomalies held (1)" in shown
    assert "anomalies.held" not in shown


def test_the_signatory_reads_the_exceptions_by_the_page_the_open_ones_first(client, leader, october):
    anomaly = Anomaly.objects.get(schedule=october, code="CERTIFICATE_EXPIRED")
    Anomaly.objects.bulk_create(
        Anomaly(schedule=october, code=f"INVENTED_{n}", severity="CHECK", lease=anomaly.lease, words=f"Odd {n}.")
        for n in range(60)
    )
    decide_all(october, leader)
    Anomaly.objects.filter(pk=anomaly.pk).update(decision="", decided_by=None, decided_at=None)
    first = words_of(page(client, leader, "sign_off", *AT))
    assert "Exceptions 1 to 50 of 62" in first
    assert reverse("controc:anomaly_decide", args=[anomaly.pk]) in first
    assert "Exceptions 51 to 62 of 62" in words_of(page(client, leader, "sign_off", *AT, page=2))
    sheet = load_workbook(BytesIO(page(client, leader, "sign_off", *AT, export="xlsx").content)).active
    assert len(list(sheet.values)) == 63  # with the headings


def test_a_schedule_with_open_anomalies_is_not_submitted_by_a_slip(client, officer, october):
    question = "Submit October 2026 with 2 anomalies open?"
    assert question in words_of(page(client, officer, "schedule_detail", *AT))
    decide_all(october, officer)
    assert 'data-confirm="Submit' not in words_of(page(client, officer, "schedule_detail", *AT))


def test_an_auditor_sees_the_inbox_and_decides_nothing(client, october):
    auditor = UserFactory(groups=[roles.AUDITOR])
    assert page(client, auditor, "anomaly_list", *AT).status_code == 200
    check = Anomaly.objects.get(code="CERTIFICATE_EXPIRED")
    sent = {"selected": [check.pk], "decision": "accepted", "reason": "No", "seen_version": october.version}
    assert client.post(reverse("controc:anomaly_list", args=AT), sent).status_code == 403
    check.refresh_from_db()
    assert check.decision == ""


def decide_all(schedule, by):
    for severity, decision in (("STOP", "held"), ("CHECK", "accepted")):
        chosen = list(Anomaly.objects.filter(schedule=schedule, severity=severity).values_list("pk", flat=True))
        if chosen:
            services.decide(anomaly_ids=chosen, decision=decision, reason="Looked at.", by=by, now=NOW)


def version_of(schedule):
    return Schedule.objects.values_list("version", flat=True).get(pk=schedule.pk)


def submitted(schedule, officer):
    services.submit(schedule_id=schedule.pk, seen_version=version_of(schedule), by=officer, now=NOW)


def test_the_preparer_is_refused_and_told_why(client, leader):
    certified()
    schedule = services.generate(month=OCTOBER, by=leader, now=NOW)
    submitted(schedule, leader)
    client.force_login(leader)
    response = client.post(
        reverse("controc:sign_off", args=AT),
        {"sign_off": "1", "reviewed": "on", "seen_version": version_of(schedule)},
    )
    shown = words_of(response)
    assert "There is a problem" in shown
    assert "You prepared or last edited this schedule, so someone else must sign it off." in shown
    assert 'href="#sign-off-checks"' in shown
    schedule.refresh_from_db()
    assert schedule.status == Schedule.Status.READY


def test_whoever_may_not_sign_is_told_before_they_tick_anything(client, officer, leader, october):
    submitted(october, officer)
    shown = words_of(page(client, officer, "sign_off", *AT))
    assert "A team leader, a service manager or an appointed deputy within their dates signs this off" in shown
    assert 'name="sign_off"' not in shown
    assert 'name="return"' not in shown
    assert 'name="sign_off"' in words_of(page(client, leader, "sign_off", *AT))


def test_an_officer_who_had_no_part_in_it_is_told_who_signs_and_may_not_return_it(client, officer, october):
    submitted(october, officer)
    client.force_login(UserFactory(groups=[roles.OFFICER]))
    seen = {"seen_version": version_of(october)}
    response = client.post(reverse("controc:sign_off", args=AT), {"sign_off": "1", "reviewed": "on"} | seen)
    assert "Only a team leader, a service manager or an appointed deputy" in words_of(response)
    returned = {"return": "1", "back-note": "No", "back-seen_version": version_of(october)}
    assert client.post(reverse("controc:sign_off", args=AT), returned).status_code == 403
    october.refresh_from_db()
    assert october.status == Schedule.Status.READY


def test_open_anomalies_and_an_unticked_box_are_both_named(client, officer, leader, october):
    submitted(october, officer)
    client.force_login(leader)
    address = reverse("controc:sign_off", args=AT)
    unticked = client.post(address, {"sign_off": "1", "seen_version": version_of(october)})
    assert "Confirm that you have reviewed" in words_of(unticked)
    ticked = client.post(address, {"sign_off": "1", "reviewed": "on", "seen_version": version_of(october)})
    inbox = reverse("controc:anomaly_list", args=AT)
    stops, checks = (f"{inbox}?severity={severity}&amp;decision=open" for severity in ("STOP", "CHECK"))
    assert f'<a href="{stops}">1 STOP must be mended or held before sign-off.</a>' in words_of(ticked)
    words = "Not yet so: every CHECK is mended, held or accepted (1 open)"
    assert f'<a href="{checks}">{words}</a>' in words_of(ticked)


def test_a_stale_page_is_refused(client, officer, leader, october):
    decide_all(october, officer)
    submitted(october, officer)
    seen = version_of(october)
    Schedule.objects.filter(pk=october.pk).update(version=seen + 1)
    client.force_login(leader)
    response = client.post(
        reverse("controc:sign_off", args=AT), {"sign_off": "1", "reviewed": "on", "note": "All", "seen_version": seen}
    )
    assert "This schedule changed while you were reading it" in words_of(response)
    assert ">All</textarea>" in words_of(response).replace("\n", "").replace("> All", ">All")


def test_somebody_else_signs_and_the_pack_is_the_same_at_every_download(client, officer, leader, october):
    decide_all(october, officer)
    submitted(october, officer)
    client.force_login(leader)
    asked = client.post(
        reverse("controc:sign_off", args=AT),
        {"sign_off": "1", "reviewed": "on", "note": "Fine", "seen_version": version_of(october)},
    )
    assert asked["Location"] == reverse("job_detail", args=[Job.objects.get().pk])
    job = Job.objects.get()
    assert f"{leader} asked for it" in words_of(page(client, officer, "sign_off", *AT))
    job.result_url = tasks.sign_off(job, lambda done, total, words: None).url
    Job.objects.update(state="done", finished_at=NOW)
    client.force_login(leader)
    assert client.get(job.result_url).status_code == 200
    october.refresh_from_db()
    assert (october.status, october.signed_off_by) == (Schedule.Status.SIGNED_OFF, leader)
    for kind in ("pdf", "xlsx"):
        first, second = (client.get(reverse("controc:pack", args=[*AT, kind])) for _ in range(2))
        assert first.content == second.content
    assert october.pack_pdf.downloads.count() == 2
    assert "Downloaded 2 times" in words_of(page(client, officer, "sign_off", *AT))


def test_the_payees_above_ones_limit_are_named_before_anybody_presses_and_when_somebody_does(
    client, officer, leader, october
):
    limited_to(leader, "1549.99")
    decide_all(october, officer)
    submitted(october, officer)
    refs = list(PayeeTotal.objects.filter(net__gt=0).order_by("payee__party__ref").values_list("payee__party__ref"))
    shown = words_of(page(client, leader, "sign_off", *AT))
    assert "Payees above your approval limit" in shown
    assert all(ref in shown for (ref,) in refs)
    sent = {"sign_off": "1", "reviewed": "on", "seen_version": version_of(october)}
    refused = words_of(client.post(reverse("controc:sign_off", args=AT), sent))
    first, second = (ref for (ref,) in refs)
    words = f"these payees get more: {first} £1,550.00 and {second} £1,550.00."
    assert f"Your approval limit is £1,549.99 since 1 Oct 2026, and {words}" in refused
    assert not Job.objects.exists()
    assert "Payees above your approval limit" not in words_of(page(client, officer, "sign_off", *AT))


def limited_to(person, amount):
    ApprovalLimit.objects.create(
        person=person,
        from_on=OCTOBER,
        amount=Decimal(amount),
        reason="Scheme of delegation",
        set_by=UserFactory(),
        set_at=NOW,
    )


def test_a_schedule_comes_back_with_the_note(client, officer, leader, october):
    submitted(october, officer)
    client.force_login(leader)
    client.post(
        reverse("controc:sign_off", args=AT),
        {"return": "1", "back-note": "Ring L9999", "back-seen_version": version_of(october)},
    )
    assert "Ring L9999" in words_of(page(client, officer, "schedule_detail", *AT))


def test_a_preview_writes_nothing(client, officer, october):
    shown = words_of(page(client, officer, "preview", month="2026-12"))
    assert "Preview of December 2026" in shown
    assert "October 2026 is not signed off yet and is left out" in shown
    assert "is left out" not in words_of(page(client, officer, "preview", month="2026-10"))
    assert "4,650.00" in shown
    assert not Schedule.objects.exclude(pk=october.pk).exists()


def test_a_preview_shows_its_payees_by_the_page_in_any_order_and_all_of_them_in_excel(
    client, officer, october, monkeypatch
):
    monkeypatch.setattr(PreviewTable, "per_page_shown", 2)
    LeaseFactory(ref="LS00004", payee=PayeeFactory(party__ref="A0001"), rent=Decimal("700.00"))
    first = words_of(page(client, officer, "preview", month="2026-12"))
    assert "Payees 1 to 2 of 4" in first
    assert "7,750.00" in first  # the total is of all of them
    assert "L9999" in words_of(page(client, officer, "preview", month="2026-12", page=2))
    dearest = words_of(page(client, officer, "preview", month="2026-12", sort="-net"))
    assert dearest.index("A0001") < dearest.index("1,550.00")
    sheet = load_workbook(BytesIO(page(client, officer, "preview", month="2026-12", export="xlsx").content)).active
    rows = list(sheet.values)
    assert len(rows) == 6  # a heading, four payees, the totals
    assert rows[1][:3] == ("A0001", rows[1][1], 3100)
    assert rows[-1][8] == 7750


def test_a_preview_costs_the_same_however_long(client, officer):
    taken = []
    for size in (2, 20):
        for _ in range(size):
            LeaseFactory()
        page(client, officer, "preview", month="2026-10")
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("controc:preview"), {"month": "2026-10"})
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_a_preview_without_a_month_says_what_to_choose_and_offers_the_next(client, officer):
    shown = words_of(page(client, officer, "preview"))
    assert "Choose a month" in shown
    assert f'value="{timezone.localdate():%Y-%m}"' in shown  # nothing is signed off, so this month is the first


def test_a_preview_of_no_month_says_how_to_write_one(client, officer):
    assert "write it as 2026-11" in words_of(page(client, officer, "preview", month="soon"))


def test_generating_is_a_job_and_a_refusal_is_said_at_once(client, officer, october):
    client.force_login(officer)
    client.post(reverse("controc:generate"), {"month": "2027-03"})
    assert "October 2026 is not signed off yet" in words_of(page(client, officer, "schedule_list"))
    response = client.post(reverse("controc:generate"), {"month": "2026-10"})
    assert "/jobs/" in response["Location"]


def test_a_deputy_is_appointed_beforehand_and_signs_within_the_dates(client, officer, leader, october):
    deputy = UserFactory(groups=[roles.OFFICER])
    client.force_login(leader)
    sent = {"person": deputy.pk, "from_on": "2020-01-01", "to_on": "2020-02-01", "reason": "Leave"}
    assert "appointed beforehand" in words_of(client.post(reverse("controc:deputy_list"), sent))
    services.appoint_deputy(
        person=deputy, from_on=NOW.date(), to_on=NOW.date(), reason="Leave", by=leader, now=NOW.replace(hour=7)
    )
    assert services.may_sign(deputy, NOW)
    assert not services.may_sign(deputy, NOW.replace(day=21))


def test_a_discarded_draft_is_gone(client, officer, october):
    client.force_login(officer)
    client.post(reverse("controc:discard", args=AT), {"seen_version": october.version})
    assert not Schedule.objects.exists()


@pytest.mark.parametrize("name", ["schedule_detail", "payee_totals", "anomaly_list"])
def test_a_schedule_costs_the_same_however_long(client, officer, name):
    taken = []
    for size in (2, 20):
        for _ in range(size):
            lease = LeaseFactory()
            Adjustment.objects.create(lease=lease, month=OCTOBER, kind="credit", amount=Decimal(1), narrative="x")
        services.generate(month=OCTOBER, by=officer, now=NOW)
        page(client, officer, name, *AT)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(f"controc:{name}", args=AT))
        taken.append(len(queries))
    assert taken[0] == taken[1]
