"""The pictures of the README, taken of a running demo: `make screenshots` writes them to docs/screenshots.

`python -m tests.screenshots FOLDER` takes them of the demo that is in that data folder; without one, a demo is filled
in a folder that is removed afterwards. The current month is submitted on the way, to show a refusal.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.chromium import WINDOW, launched

CHECKOUT = Path(__file__).resolve().parent.parent
PICTURES = CHECKOUT / "docs" / "screenshots"
MOST_BYTES = 150_000
FOR_A_JOB = 120_000  # milliseconds


@contextmanager
def running_demo() -> Iterator[str]:
    """The address of the demo in TA_DATA_DIR, filled if need be."""
    command = [sys.executable, "manage.py", "demo"]
    demo = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        assert demo.stdout
        for line in demo.stdout:
            print(line, end="")  # noqa: T201
            if found := re.search(r"http://\S+?(?=/\s)", line):
                yield found[0]
                return
        raise SystemExit("The demo did not start.")
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(60)


def keep(name: str, png: bytes) -> None:
    """Write a picture in 256 colours, or fewer where that is still too large."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64):
        out = BytesIO()
        # The default method loses the few pixels of a warning's colour among the many greys of the text.
        fewer = picture.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        fewer.save(out, "PNG", optimize=True)
        if out.tell() < MOST_BYTES:
            break
    (PICTURES / f"{name}.png").write_bytes(out.getvalue())


class Camera:
    """A practice user at a browser."""

    def __init__(self, browser: Browser, site: str, username: str) -> None:
        self.page: Page = browser.new_context(**WINDOW).new_page()
        self.site = site
        self.open("/account/login/")
        from lewisham_ta.management.commands.practice_users import practice_password

        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(practice_password(username))
        self.page.get_by_role("button", name="Log in").click()
        self.page.get_by_role("heading", name="Home", level=1).wait_for()

    def open(self, path: str) -> None:
        self.page.goto(self.site + path)

    def press(self, name: str, *, confirm: bool = False) -> None:
        self.page.get_by_role("button", name=name).first.click()
        if confirm:
            self.page.get_by_role("button", name="Yes").click()

    def take(self, name: str, path: str = "") -> None:
        if path:
            self.open(path)
        self.page.evaluate("document.fonts.ready")
        keep(name, self.page.screenshot())


def take_all(site: str, examples: dict[str, Any]) -> None:
    month = f"/controc/{examples['month']}/0"
    with launched() as browser:
        officer, leader = Camera(browser, site, "officer"), Camera(browser, site, "leader")
        officer.take("home", "/")
        officer.take("schedule", f"{month}/")
        officer.open(f"{month}/anomalies/?decision=open&code=LEASE_EXPIRED")
        for box in officer.page.get_by_label(re.compile("^Select (?!all)")).all()[:4]:
            box.check()
        officer.take("anomalies")
        officer.take("bridge", f"{month}/bridge/?cause=handbacks")
        for name in ("line", "lease", "property", "payee", "statement", "batch", "invoice", "tonight", "clocks"):
            officer.take(name, examples[name])
        officer.open(examples["import"])
        officer.page.get_by_label("Workbook").set_input_files(examples["workbook"])
        officer.press("Read the workbook")
        officer.page.get_by_text("To be confirmed").wait_for(timeout=FOR_A_JOB)
        officer.take("import")
        leader.take("approvals", examples["approvals"])
        if examples["is_draft"]:
            officer.open(f"{month}/")
            officer.press("Submit for sign-off", confirm=True)
        leader.take("sign_off", f"{month}/sign-off/")
        leader.page.get_by_label("I have reviewed").check()
        leader.press("Sign off", confirm=True)
        leader.page.locator("[data-error-summary]").wait_for()
        leader.take("sign_off_refused")
    _take_pdf("remittance", examples["remittance"])


def _take_pdf(name: str, content: bytes) -> None:
    if not shutil.which("pdftoppm"):
        print("No picture of the remittance advice: install poppler-utils for pdftoppm.")  # noqa: T201
        return
    command = ["pdftoppm", "-png", "-r", "90", "-singlefile", "-"]
    keep(name, subprocess.run(command, input=content, capture_output=True, check=True).stdout)


def examples() -> dict[str, Any]:
    """Addresses of pages with something to see, and what else the pictures need."""
    from django.db.models import Count
    from django.urls import reverse

    from lewisham_ta import embedded
    from payments.batches.models import Batch, Payment
    from payments.controc.models import Schedule, ScheduleLine
    from payments.invoices.models import Invoice

    schedule = Schedule.objects.order_by("-month", "-number")[0]
    rents = ScheduleLine.objects.filter(schedule=schedule, kind="rent")
    rent_changed = rents.values("lease").annotate(runs=Count("pk")).filter(runs__gt=1).values("lease")
    line = rents.filter(lease__in=rent_changed).order_by("lease", "-starts_on")[0]
    backdated = ScheduleLine.objects.filter(kind="backdated", amount__gt=0).order_by("schedule", "pk")[0]
    returned = Payment.objects.filter(state="returned").select_related("payee__party")[0]
    batch = Batch.objects.filter(items__outcome="returned").order_by("-count")[0]
    fullest = max(batch.items.select_related("payment"), key=lambda item: _kinds_of_lines(item.payment.advice))
    undecided = Invoice.objects.filter(status="checking", lines__codes__len__gt=0)
    invoice = undecided.annotate(kinds=Count("lines__codes", distinct=True)).order_by("-kinds", "pk")[0]
    return {
        "invoice": reverse("invoices:detail", args=[invoice.pk]),
        "tonight": reverse("occupancy:tonight"),
        "clocks": reverse("clocks:list"),
        "month": f"{schedule.month:%Y-%m}",
        "is_draft": schedule.status == "draft",
        "line": reverse("controc:line_detail", args=[line.pk]),
        "lease": reverse("leases:lease_detail", args=[backdated.lease.ref]),
        "property": reverse("leases:property_detail", args=[backdated.lease.property.ref]),
        "payee": reverse("payees:detail", args=[returned.payee.party.ref]),
        "statement": reverse("controc:statement", args=[backdated.payee.party.ref]),
        "batch": reverse("batches:detail", args=[batch.number]),
        "approvals": reverse("payees:approvals"),
        "import": reverse("import_new", args=["psl-register"]),
        "workbook": max((embedded.data_dir() / "demo").glob("psl_register_*.xlsx")),
        "remittance": bytes(batch.remittances.get(payee=fullest.payment.payee_id).file.content),
    }


def _kinds_of_lines(advice: dict[str, Any]) -> tuple[int, int]:
    """The advice with the most kinds of lines is shown; of those the shortest, which is one page."""
    return len({line["kind"] for line in advice["lines"]}), -len(advice["lines"])


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="ta-screens-"))
    folder.chmod(0o711)
    os.environ |= {"TA_DATA_DIR": str(folder.resolve()), "DJANGO_SETTINGS_MODULE": "lewisham_ta.settings"}
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop running
    PICTURES.mkdir(parents=True, exist_ok=True)
    try:
        with running_demo() as site:
            import django

            django.setup()
            take_all(site, examples())
    finally:
        if len(sys.argv) == 1:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
