"""A month of CONTROC as the team goes through it at their browsers, on their own workbook, with a real worker."""

import csv
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from lewisham_ta import limits
from lewisham_ta.imports import uploads, workbook
from lewisham_ta.management.commands.practice_users import make_practice_users, practice_password
from lewisham_ta.models import Job, User
from payments.batches.models import Batch, Payment
from payments.batches.rules import payment_number
from payments.controc import services as controc
from payments.controc.models import Anomaly, PayeeTotal, Schedule
from payments.leases.imports.register import PSL_REGISTER
from payments.leases.models import Lease
from payments.payees import services as payees
from payments.payees.models import BankDetails
from tests.workers import worker

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "psl"
OCTOBER = date(2026, 10, 1)
NOW = datetime(2026, 10, 26, 10, tzinfo=ZoneInfo("Europe/London"))
FOR_A_JOB = 90_000  # milliseconds: most wait for far less, but the machine may be busy


class Desk:
    """A person at a browser of their own. Each page that is arrived at is checked with axe."""

    def __init__(self, page, site, accessible, name):
        self.page, self.site, self.accessible = page, site, accessible
        page.set_default_timeout(FOR_A_JOB)
        page.goto(f"{site}/account/login/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(practice_password(name))
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("heading", name="Home", level=1).wait_for()

    def open(self, name, *args, query=""):
        self.page.goto(self.site + reverse(name, args=args) + query)
        self.accessible(self.page)

    def press(self, name, *, confirm=False):
        """Press the button that begins with these words, and say yes where the page asks once more."""
        self.page.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).first.click()
        if confirm:
            self.page.get_by_role("button", name="Yes").click()

    def sees(self, words):
        self.page.get_by_text(words).first.wait_for()
        self.accessible(self.page)

    def is_told(self, words):
        """An error summary says so, and has the focus."""
        summary = self.page.locator("[data-error-summary]")
        summary.get_by_text(words).wait_for()
        self.page.wait_for_function("document.activeElement.matches('[data-error-summary]')")
        self.accessible(self.page)


@pytest.fixture
def desk(window, live_server, accessible, transactional_db):
    """Call it with a practice user's name: that person logs in at a browser of their own."""
    cache.clear()  # the rate limits of the log-in count in it
    make_practice_users()
    return lambda name: Desk(window(), live_server.url, accessible, name)


@pytest.fixture
def at_work(services, transactional_db, tmp_path):
    """A real worker and its sweep."""
    with worker(tmp_path, processes=2) as process:
        yield process


def person(name):
    return User.objects.get(username=name)


def loaded():
    """October's register is loaded and its accounts are approved, without a browser."""
    name = "psl_register_2026-10.xlsx"
    content = (SAMPLES / name).read_bytes()
    plan = PSL_REGISTER.plan(workbook.read(content, name))
    uploads.load_now(importer=PSL_REGISTER, name=name, content=content, plan=plan, by=person("officer"), now=NOW)
    payees.approve_all_waiting(by=person("manager"), now=NOW)


def ready():
    """October is generated, everything in it is decided, and it awaits sign-off."""
    loaded()
    schedule = controc.generate(month=OCTOBER, by=person("officer"), now=NOW)
    everything = Anomaly.objects.filter(schedule=schedule)
    for severity, decision in (("STOP", "held"), ("CHECK", "accepted")):
        controc.decide(
            anomaly_ids=list(everything.filter(severity=severity).values_list("pk", flat=True)),
            decision=decision,
            reason="Seen",
            by=person("officer"),
            now=NOW,
        )
    schedule.refresh_from_db()
    return controc.submit(schedule_id=schedule.pk, seen_version=schedule.version, by=person("officer"), now=NOW)


def signed():
    schedule = ready()
    return controc.sign_off(schedule_id=schedule.pk, seen_version=schedule.version, by=person("leader"), now=NOW)


def test_the_register_is_loaded_the_accounts_approved_and_the_month_generated_cleared_and_submitted(desk, at_work):
    officer = desk("officer")
    officer.open("import_new", "psl-register")
    officer.page.get_by_label("Workbook").set_input_files(SAMPLES / "psl_register_2026-10.xlsx")
    officer.press("Read the workbook")
    officer.sees("To be confirmed")
    assert not Lease.objects.exists()
    officer.press("Load", confirm=True)
    officer.sees("Loaded by Jo")

    second = desk("officer2")
    second.open("payees:approvals")
    second.page.get_by_label("Select all on this page").check()
    second.press("Approve", confirm=True)
    second.sees("first accounts approved.")
    assert not BankDetails.objects.filter(status="waiting").exists()

    officer.open("controc:schedule_list")
    officer.page.get_by_label("Month").fill("2026-10")
    officer.press("Generate")
    officer.page.get_by_role("link", name="See what was made").click()
    officer.sees("Rent schedule, October 2026")
    clear(officer, "STOP", "Hold from payment", "Asked the landlord")
    clear(officer, "CHECK", "Accept with reason", "Agrees with the file")
    officer.open("controc:schedule_detail", "2026-10", 0)
    officer.press("Submit for sign-off")
    officer.sees("October 2026 submitted for sign-off.")
    assert Schedule.objects.get().status == "ready"


def clear(officer, severity, button, reason):
    """Decide whatever is open of this severity, a page of the inbox at a time."""
    query = f"?severity={severity}&decision=open"
    officer.open("controc:anomaly_list", "2026-10", 0, query=query)
    while officer.page.locator("tbody [name=selected]").count():
        officer.page.get_by_label("Select all on this page").check()
        officer.page.get_by_label("Reason", exact=True).fill(reason)
        officer.press(button)
        officer.page.get_by_text(re.compile(r"anomal(y is|ies are) (held|accepted)\.")).wait_for()
        officer.page.goto(officer.site + reverse("controc:anomaly_list", args=["2026-10", 0]) + query)
    assert not Anomaly.objects.filter(severity=severity, decision="").exists()


def test_the_officer_who_prepared_it_reads_who_signs_and_has_nothing_to_tick(desk):
    officer = desk("officer")
    ready()
    officer.open("controc:sign_off", "2026-10", 0)
    officer.sees("A team leader, a service manager or an appointed deputy within their dates signs this off")
    assert not officer.page.get_by_label("I have reviewed").count()
    assert Schedule.objects.get().status == "ready"


def test_two_sign_at_their_browsers_and_the_second_is_told_who_signs(desk):
    leader, manager = desk("leader"), desk("manager")
    ready()
    for at in (leader, manager):
        at.open("controc:sign_off", "2026-10", 0)
        at.page.get_by_label("I have reviewed").check()
    leader.press("Sign off October 2026", confirm=True)
    leader.sees("Waits for a worker.")
    manager.press("Sign off October 2026", confirm=True)
    manager.is_told(f"{person('leader')} is signing this off already.")
    manager.page.get_by_role("link", name="See how far it is").click()
    manager.sees("Waits for a worker.")
    assert Job.objects.filter(kind="controc.sign_off").count() == 1
    assert Schedule.objects.get().status == "ready"


def test_the_signatory_reads_who_is_above_their_limit_before_pressing_and_is_refused(desk):
    leader = desk("leader")
    schedule = ready()
    today = timezone.localdate()
    limits.set_limit(
        person=person("leader"),
        amount=Decimal("5000.00"),
        from_on=today,
        reason="Scheme of delegation",
        by=person("manager"),
        now=timezone.now(),
    )
    leader.open("controc:sign_off", "2026-10", 0)
    above = leader.page.locator("#above-limit li")
    assert above.count() == PayeeTotal.objects.filter(schedule=schedule, net__gt=5000).count() > 0
    leader.page.get_by_label("I have reviewed").check()
    leader.press("Sign off October 2026", confirm=True)
    leader.is_told("Your approval limit is £5,000.00 since")
    assert Schedule.objects.get().status == "ready"


def test_the_leader_returns_it_the_officer_submits_it_again_and_the_leader_signs(desk, at_work):
    leader, officer = desk("leader"), desk("officer")
    ready()
    leader.open("controc:sign_off", "2026-10", 0)
    leader.press("Return with this note")
    leader.is_told("Say in the note what has to be put right.")
    leader.page.get_by_label("What has to be put right").fill("Generate it again: a rent was corrected.")
    leader.press("Return with this note")
    leader.sees("October 2026 is returned to")

    officer.open("controc:schedule_detail", "2026-10", 0)
    officer.sees("Generate it again: a rent was corrected.")
    officer.press("Generate again")
    officer.page.get_by_role("link", name="See what was made").click()
    officer.press("Submit for sign-off")
    officer.sees("October 2026 submitted for sign-off.")

    leader.open("controc:sign_off", "2026-10", 0)
    leader.press("Sign off October 2026")
    leader.is_told("Confirm that you have reviewed the control totals and exceptions.")
    leader.page.get_by_label("I have reviewed").check()
    leader.press("Sign off October 2026", confirm=True)
    leader.sees("October 2026 is signed off.")
    leader.page.get_by_role("link", name="See what was made").click()
    leader.sees("Rent schedule, October 2026")

    leader.open("controc:sign_off", "2026-10", 0)
    first, second = (download(leader, "CONTROC 2026-10.pdf") for _ in range(2))
    assert first == second
    assert first.startswith(b"%PDF")


def download(desk, name):
    with desk.page.expect_download() as taken:
        desk.page.get_by_role("link", name=name).click()
    return Path(taken.value.path()).read_bytes()


def test_a_batch_is_sent_and_answered_and_what_came_back_is_with_the_officer_and_can_go_again(desk, at_work, tmp_path):
    officer, finance = desk("officer"), desk("finance")
    signed()
    officer.open("batches:payment_list")
    officer.press("Make a batch of all")
    officer.sees("Control total")
    officer.press("Send", confirm=True)
    officer.sees("Files for Central Payments")
    batch = Batch.objects.get()
    assert batch.status == "sent"

    answer = tmp_path / "answer.csv"
    with answer.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Payment number", "Amount", "Outcome", "Date", "Reason"])
        for number, payment in enumerate(Payment.objects.order_by("pk")):
            outcome = ["Paid", ""] if number else ["Returned", "Account closed"]
            today = f"{timezone.localdate():%d/%m/%Y}"
            rows.writerow([payment_number(payment.pk), payment.net, outcome[0], today, outcome[1]])
    finance.open("import_new", "batch-answer")
    finance.page.get_by_label("Workbook").set_input_files(answer)
    finance.press("Read the workbook")
    finance.sees("To be confirmed")
    finance.press("Load", confirm=True)
    finance.sees("Loaded by Fin")

    officer.open("batches:returned_list")
    officer.page.get_by_role("row").nth(1).get_by_role("link").first.click()
    officer.sees("Account closed")
    officer.page.get_by_label("What was put right").fill("The bank opened it again")
    officer.page.get_by_label("is right and can be paid to again").check()
    officer.press("Let it go again")
    officer.sees("The bank opened it again")
    assert sorted(Payment.objects.values_list("state", flat=True).distinct()) == ["paid", "payable"]
    officer.open("job_detail", Job.objects.get(kind="batches.remittances").pk)
    officer.sees(f"{batch.count} advices made.")


def test_the_wrong_register_is_refused_with_every_cell(desk, at_work):
    officer = desk("officer")
    officer.open("import_new", "psl-register")
    officer.page.get_by_label("Workbook").set_input_files(SAMPLES / "wrong_register.xlsx")
    officer.press("Read the workbook")
    officer.page.locator("[data-error-summary]").wait_for()
    officer.is_told("wrong: nothing can be loaded until the workbook is mended.")
    with (SAMPLES / "expected_wrong_register.csv").open() as file:
        for cell in csv.DictReader(file):
            row = officer.page.get_by_role("row").filter(has_text=cell["reason"]).filter(has_text=cell["row"])
            assert row.first.is_visible(), cell
    assert officer.page.get_by_role("button", name=re.compile("^Load")).count() == 0
    assert not Lease.objects.exists()


def test_a_decision_from_a_page_that_somebody_else_has_overtaken_is_refused_and_what_was_typed_stays(desk):
    loaded_by, other = desk("officer"), desk("officer2")
    loaded()
    controc.generate(month=OCTOBER, by=person("officer"), now=NOW)
    stops = "?severity=STOP&decision=open"
    for at in (loaded_by, other):
        at.open("controc:anomaly_list", "2026-10", 0, query=stops)
    other.page.get_by_label(re.compile("^Select (?!all)")).first.check()
    other.page.get_by_label("Reason", exact=True).fill("First")
    other.press("Hold from payment")
    other.sees("1 anomaly is held.")

    loaded_by.page.get_by_label(re.compile("^Select (?!all)")).last.check()
    loaded_by.page.get_by_label("Reason", exact=True).fill("Typed with care")
    loaded_by.press("Hold from payment")
    loaded_by.is_told("This schedule changed while you were reading it. Check it again.")
    assert loaded_by.page.get_by_label("Reason", exact=True).input_value() == "Typed with care"
    assert Anomaly.objects.filter(decision="held").count() == 1
