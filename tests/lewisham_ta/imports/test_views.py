"""The screens of an import: choose, look, confirm; and who may not."""

from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lewisham_ta import jobs
from lewisham_ta.imports import uploads
from lewisham_ta.models import Job, Upload
from lewisham_ta.roles import OFFICER
from payments.leases.imports.register import PSL_REGISTER
from payments.models import Property
from tests.factories import LONG_AGO, UserFactory
from tests.payments.leases.imports.registers import WRONG, workbook_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **options: None)


@pytest.fixture
def officer(client):
    officer = UserFactory(groups=[OFFICER])
    client.force_login(officer)
    return officer


def read(by, content=None, name="register.xlsx"):
    content = workbook_of() if content is None else content
    upload = uploads.receive(importer=PSL_REGISTER, name=name, content=content, by=by, now=LONG_AGO)
    end_jobs()
    return uploads.read(upload_id=upload.pk)[0]


def end_jobs():
    Job.objects.filter(state="waiting").update(state="done", finished_at=LONG_AGO)


def page(client, upload, **query):
    answer = client.get(reverse("import_detail", args=[upload.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_choosing_a_file_has_it_read_by_a_worker(client, officer):
    file = SimpleUploadedFile("register.xlsx", workbook_of())
    answer = client.post(reverse("import_new", args=["psl-register"]), {"file": file})
    upload = Upload.objects.get()
    assert answer.url == reverse("import_detail", args=[upload.pk])
    job = Job.objects.get()
    assert (job.kind, job.key, job.requested_by) == ("imports.read", str(upload.pk), officer)
    words = page(client, upload)
    assert 'hx-trigger="every 1s"' in words
    assert "See how far it is now" in words


def test_no_file_or_too_large_a_file_is_said_at_the_field(client, officer, settings):
    url = reverse("import_new", args=["psl-register"])
    assert "There is a problem" in client.post(url).content.decode()
    settings.UPLOAD_LIMIT_BYTES = 1024**2
    answer = client.post(url, {"file": SimpleUploadedFile("register.xlsx", b"x" * (1024**2 + 1))})
    assert "It is larger than 1 MB." in answer.content.decode()
    assert not Upload.objects.exists()


def test_a_kind_that_nobody_loads_is_not_found(client, officer):
    assert client.get(reverse("import_new", args=["nightly"])).status_code == 404


def test_what_was_understood_is_shown_with_the_figures_to_confirm(client, officer):
    upload = read(officer, workbook_of(properties=[{}, {"Property Ref": "P2"}]))
    words = page(client, upload)
    assert "Load 5 records" in words
    assert "Add or change 5 records from register.xlsx?" in words
    assert f'value="{upload.fingerprint}"' in words
    assert "the same dwelling as P1" in words  # doubtful before new
    words = page(client, upload, show="new", what="Lease")
    assert "P1, L1 is paid, from 1 Apr 2025, £350.00 a week" in words
    assert "••-••-99 ••••6214" not in words
    assert "03686214" not in page(client, upload, show="new")


def test_changes_are_shown_from_and_to(client, officer):
    first = read(officer)
    uploads.load(upload_id=first.pk, seen=first.fingerprint, by=officer, now=LONG_AGO)
    upload = read(officer, workbook_of(properties=[{"Bedrooms": 3}]))
    words = page(client, upload)
    assert "Bedrooms" in words
    assert "Load 1 records" not in words
    assert "Load 1 record" in words


def test_wrong_cells_are_listed_and_can_be_taken_away_as_a_workbook(client, officer):
    upload = read(officer, WRONG.read_bytes(), "wrong.xlsx")
    words = page(client, upload)
    assert "17 cells are wrong" in words
    assert "overlaps the lease in row 226" in words
    answer = client.get(reverse("import_detail", args=[upload.pk]), {"show": "wrong", "export": "xlsx"})
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows()]
    assert rows[0] == ("Sheet", "Row", "Column", "What it says", "Why")
    assert ("Adjustments", 16, "Amount", "#REF!", "a formula error") in rows
    assert len(rows) == 18


def test_a_refused_file_says_why_and_offers_another(client, officer):
    words = page(client, read(officer, b"%PDF-1.7", "letter.pdf"))
    assert "letter.pdf is not a workbook" in words
    assert reverse("import_new", args=["psl-register"]) in words


def test_confirming_asks_a_worker_to_load_what_was_seen(client, officer):
    upload = read(officer)
    url = reverse("import_load", args=[upload.pk])
    client.post(url, {"seen": upload.fingerprint})
    job = Job.objects.get(kind="imports.load")
    assert (job.parameters, job.requested_by) == ({"seen": upload.fingerprint}, officer)
    assert "hx-trigger" in page(client, upload)


def test_a_file_that_somebody_else_chose_says_who_loads_it(client, officer):
    upload = read(UserFactory(first_name="Femi", last_name="Invented"))
    words = page(client, upload)
    assert "Only Femi Invented, who chose this file, may load it" in words
    assert reverse("import_load", args=[upload.pk]) not in words
    assert "Put it away unloaded" in words


def test_confirming_something_older_is_refused_on_the_page(client, officer):
    upload = read(officer)
    answer = client.post(reverse("import_load", args=[upload.pk]), {"seen": "older"}, follow=True)
    assert "no longer what you saw" in answer.content.decode()
    assert not Job.objects.filter(kind="imports.load").exists()


def test_the_same_file_again_says_when_it_was_loaded_and_by_whom(client, officer):
    content = workbook_of()
    first = read(officer, content)
    uploads.load(upload_id=first.pk, seen=first.fingerprint, by=officer, now=LONG_AGO)
    again = read(officer, content)
    words = page(client, again)
    assert f"Exactly this file was loaded on 2 Jan 2025, 09:00 by {officer}." in words
    assert "Nothing would change: 4 unchanged." in words
    assert "There is nothing to load." in words
    assert "Load 0 records" not in words
    assert "register.xlsx" not in client.get(reverse("home")).content.decode()
    answer = client.post(reverse("import_load", args=[again.pk]), {"seen": again.fingerprint}, follow=True)
    assert "there is nothing to load" in answer.content.decode()


def test_putting_a_file_away(client, officer):
    upload = read(officer)
    answer = client.post(reverse("import_abandon", args=[upload.pk]), follow=True)
    assert "register.xlsx was put away. Nothing was written." in answer.content.decode()
    assert not Property.objects.exists()
    assert "Decide" not in page(client, upload)


def test_a_file_to_be_confirmed_waits_on_the_home_page(client, officer):
    read(officer)
    assert "PSL register: register.xlsx" in client.get(reverse("home")).content.decode()


def test_a_wrong_file_waits_on_the_home_page_until_another_copy_is_chosen(client, officer):
    read(officer, WRONG.read_bytes(), "wrong.xlsx")
    assert "PSL register: wrong.xlsx" in client.get(reverse("home")).content.decode()
    read(officer, WRONG.read_bytes(), "mended.xlsx")
    home = client.get(reverse("home")).content.decode()
    assert "PSL register: mended.xlsx" in home
    assert "PSL register: wrong.xlsx" not in home


def test_another_workbook_is_refused_and_not_called_wrong(client, officer):
    upload = read(officer, b"Name,Nights\nAda,30\n", "nights.csv")
    assert upload.state == Upload.State.REFUSED
    assert "This is another workbook: it has no sheet Landlords, Properties or Leases." in page(client, upload)


def test_the_list_of_loads_costs_the_same_however_long(client, officer):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("import_list"))
        return len(asked)

    for _ in range(2):
        read(officer)
    few = queries()
    for _ in range(6):
        read(officer)
    assert queries() == few
