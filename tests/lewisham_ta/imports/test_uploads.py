"""From the file to the records: refusals first, then what is written once and only once."""

from collections.abc import Iterator
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from lewisham_ta import jobs, locks
from lewisham_ta.imports import uploads
from lewisham_ta.models import AuditEvent, Job, Upload
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import AUDITOR
from payments.leases.imports.register import PSL_REGISTER
from payments.models import BankDetails, Lease, Property
from payments.payees import services as payees
from tests.factories import LONG_AGO, UserFactory
from tests.lewisham_ta.imports.books import with_part
from tests.payments.leases.imports.registers import WRONG, sheets, workbook_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **options: None)


def receive(content=None, by=None, name="register.xlsx"):
    content = workbook_of() if content is None else content
    return uploads.receive(importer=PSL_REGISTER, name=name, content=content, by=by or UserFactory(), now=LONG_AGO)


def read(content=None, by=None):
    upload, _ = uploads.read(upload_id=receive(content, by).pk)
    return upload


def load(upload, by=None, seen=None):
    seen = upload.fingerprint if seen is None else seen
    return uploads.load(upload_id=upload.pk, seen=seen, by=by or upload.uploaded_by, now=LONG_AGO)


def test_a_stranger_hands_nothing_in():
    with pytest.raises(Refused, match="does not allow you to load the PSL register"):
        receive(by=UserFactory(groups=[AUDITOR]))
    assert not Upload.objects.exists()


def test_a_stranger_loads_nothing_and_puts_nothing_away():
    upload, stranger = read(), UserFactory(groups=[AUDITOR])
    ways = (
        lambda acts: uploads.ask_to_load(upload_id=upload.pk, seen=upload.fingerprint, **acts),
        lambda acts: uploads.load(upload_id=upload.pk, seen=upload.fingerprint, **acts),
        lambda acts: uploads.load_now(
            importer=PSL_REGISTER, name="x.xlsx", content=workbook_of(), plan=PSL_REGISTER.plan(sheets()), **acts
        ),
        lambda acts: uploads.abandon(upload_id=upload.pk, **acts),
    )
    for way in ways:
        with pytest.raises(Refused, match="does not allow you"):
            way({"by": stranger, "now": LONG_AGO})
    upload.refresh_from_db()
    assert upload.state == "ready"
    assert not Lease.objects.exists()


def test_who_chose_a_file_confirms_it_and_nobody_else():
    """Otherwise its maker could have a colleague confirm it, and then approve the bank details in it."""
    officer, officer2 = UserFactory(), UserFactory()
    upload = read(by=officer)
    words = f"Only {officer}, who chose this file, may load it"
    with pytest.raises(Refused, match=words):
        uploads.ask_to_load(upload_id=upload.pk, seen=upload.fingerprint, by=officer2, now=LONG_AGO)
    with pytest.raises(Refused, match=words):
        load(upload, by=officer2)
    assert not BankDetails.objects.exists()
    load(upload, by=officer)
    details = BankDetails.objects.get()
    with pytest.raises(Refused, match="approve"):
        payees.approve_first_details(details_ids=[details.pk], by=officer, now=LONG_AGO)


def test_anybody_who_may_load_puts_a_file_away():
    upload = read()
    assert uploads.abandon(upload_id=upload.pk, by=UserFactory(), now=LONG_AGO).state == "abandoned"


def test_too_large_a_file_is_not_even_kept(settings):
    settings.UPLOAD_LIMIT_BYTES = 1024 * 1024
    with pytest.raises(Refused, match="larger than 1 MB"):
        receive(b"x" * (1024 * 1024 + 1))


def test_what_was_not_read_yet_is_not_loaded():
    with pytest.raises(Refused, match="has not been read yet"):
        load(receive())


def test_a_hostile_file_is_refused_and_says_why():
    upload = read(with_part(workbook_of(), "xl/vbaProject.bin", b"x"))
    assert (upload.state, upload.refusal) == (
        "refused",
        "register.xlsx has macros: save it as an ordinary .xlsx workbook.",
    )
    with pytest.raises(Refused, match="has macros"):
        load(upload)


def test_wrong_cells_are_kept_for_the_page_and_nothing_is_loaded():
    upload = read(WRONG.read_bytes())
    assert upload.state == "wrong"
    assert upload.summary == "17 cells are wrong: nothing can be loaded until the workbook is mended."
    cell = {"sheet": "Adjustments", "row": 16, "column": "Amount", "value": "#REF!", "reason": "a formula error"}
    assert cell in upload.plan["wrong"]
    with pytest.raises(Refused, match="wrong cells"):
        load(upload)
    assert not Property.objects.exists()


def test_what_was_shown_is_what_is_loaded():
    officer = UserFactory()
    upload = read(by=officer)
    assert (upload.state, upload.writes) == ("ready", 4)
    assert not load(upload, by=officer).is_stale
    upload.refresh_from_db()
    assert (upload.state, upload.confirmed_by, upload.confirmed_at) == ("confirmed", officer, LONG_AGO)
    assert Lease.objects.get().ref == "LS1"
    assert AuditEvent.objects.get(action="upload.loaded").by == officer


def test_it_is_loaded_once():
    upload = read()
    load(upload)
    with pytest.raises(Refused, match="loaded already"):
        load(upload)


def test_records_that_changed_since_are_not_overwritten_unseen():
    load(read())
    upload = read(workbook_of(properties=[{"Bedrooms": 3}]))
    Property.objects.update(bedrooms=4)
    loaded = load(upload)
    assert loaded.is_stale
    assert Property.objects.get().bedrooms == 4
    upload.refresh_from_db()
    assert upload.state == "ready"
    (change,) = [item for item in upload.plan["items"] if item["state"] == "changed"]
    assert change["changes"] == [{"field": "Bedrooms", "was": "4", "now": "3"}]
    with pytest.raises(Refused, match="no longer what you saw"):
        load(upload, seen="an older one")
    assert not load(upload).is_stale
    assert Property.objects.get().bedrooms == 3


def test_the_same_file_again_says_that_nothing_would_change_and_who_loaded_it():
    content = workbook_of()
    first = read(content)
    load(first)
    again = read(content)
    assert again.summary == "Nothing would change: 4 unchanged."
    assert uploads.loaded_before(again) == first
    with pytest.raises(Refused, match="Nothing would change"):
        load(again)


def test_an_upload_can_be_put_away_and_then_not_loaded():
    upload = read()
    uploads.abandon(upload_id=upload.pk, by=UserFactory(), now=LONG_AGO)
    with pytest.raises(Refused, match="was put away"):
        load(upload)
    with pytest.raises(Refused, match="put away already"):
        uploads.abandon(upload_id=upload.pk, by=UserFactory(), now=LONG_AGO)


def test_a_loaded_one_cannot_be_put_away():
    upload = read()
    load(upload)
    with pytest.raises(Refused, match="loaded already"):
        uploads.abandon(upload_id=upload.pk, by=UserFactory(), now=LONG_AGO)


def test_the_jobs_read_and_load_and_say_what_came_of_it():
    officer = UserFactory()
    upload = receive(by=officer)
    job = Job.objects.get(kind=uploads.READ, key=str(upload.pk))
    result = jobs._handlers[uploads.READ](job, lambda *words: None)
    assert result.words == "4 new, 0 changed, 0 unchanged."
    upload.refresh_from_db()
    job = uploads.ask_to_load(upload_id=upload.pk, seen=upload.fingerprint, by=officer, now=LONG_AGO)
    result = jobs._handlers[uploads.LOAD](job, lambda *words: None)
    assert result.words == "Loaded: 4 new, 0 changed, 0 unchanged."
    assert Lease.objects.exists()


def test_a_load_that_the_database_refuses_writes_nothing(monkeypatch):
    upload = read()

    def apply_half(plan, **context) -> Iterator[None]:
        Property.objects.create(ref="P1", address="x", postcode="x", bedrooms=1)
        raise Refused("No.")

    monkeypatch.setattr(PSL_REGISTER, "apply", apply_half)
    with pytest.raises(Refused):
        load(upload)
    assert not Property.objects.exists()
    upload.refresh_from_db()
    assert upload.state == "ready"


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"state": "lost"}, "upload_state_is_known"),
        ({"state": "refused"}, "upload_refused_says_why"),
        ({"state": "ready"}, "upload_is_understood_before_it_is_confirmed"),
        ({"state": "confirmed", "fingerprint": "x"}, "upload_confirmed_is_stamped"),
    ],
)
def test_the_database_keeps_an_upload_in_order(values, constraint):
    upload = receive()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(**values)


def test_a_confirmed_upload_is_never_changed():
    upload = read()
    load(upload)
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(summary="other")


def at_the_same_time(*works):
    """Run each function in a thread with a connection of its own and return what each came to."""
    ready, results = Barrier(len(works)), [None] * len(works)

    def run(index, work):
        try:
            ready.wait()
            results[index] = work()
        except Refused as refusal:
            results[index] = str(refusal)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(index, work)) for index, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_an_upload_confirmed_twice_at_once_is_loaded_once():
    upload = read()
    results = at_the_same_time(lambda: load(upload), lambda: load(upload))
    assert sorted(type(result).__name__ for result in results) == ["Loaded", "str"]
    assert "This file is loaded already." in results
    assert Lease.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_confirming_the_same_workbook_chosen_twice_load_it_once():
    content = workbook_of()
    results = at_the_same_time(*(lambda upload=upload: load(upload) for upload in (read(content), read(content))))
    assert sorted(result.is_stale for result in results) == [False, True]
    assert Lease.objects.count() == 1
    assert sorted(Upload.objects.values_list("state", flat=True)) == ["confirmed", "ready"]


@pytest.mark.django_db(transaction=True)
def test_no_month_is_signed_off_between_the_last_comparison_and_the_writing(monkeypatch):
    upload, plan, is_free = read(), PSL_REGISTER.plan, []

    def look_at_the_lock():
        with transaction.atomic():
            is_free.append(locks.take_if_free("controc"))

    def plan_while_somebody_signs_off(sheets):
        at_the_same_time(look_at_the_lock)
        return plan(sheets)

    monkeypatch.setattr(PSL_REGISTER, "plan", plan_while_somebody_signs_off)
    load(upload)
    assert is_free == [False]


def test_the_name_of_an_upload_has_no_folder():
    assert receive(name="..\\..\\secret/register.xlsx").file.name == "register.xlsx"
