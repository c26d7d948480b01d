"""A sign-off asked for on the page and done by a worker: what is refused at once, and what only the worker finds."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from lewisham_ta import audit, jobs, limits, roles
from lewisham_ta.models import Job, StoredFile
from lewisham_ta.refusals import Refused
from payments.controc import services
from payments.controc.tasks import request_sign_off
from payments.models import Deputy, Lease, Payee, PayeeTotal, Payment, Schedule
from tests.factories import LeaseFactory, PayeeFactory, UserFactory
from tests.payments.controc import helpers
from tests.payments.controc.helpers import NOW, SEPTEMBER, lease, submitted


def ask(schedule, *, by, seen_version=None) -> Job:
    seen = schedule.version if seen_version is None else seen_version
    return request_sign_off(schedule=schedule, seen_version=seen, note="Read", by=by, now=NOW)


@pytest.fixture
def ready(officer):
    lease()
    return submitted(SEPTEMBER, by=officer)


@pytest.mark.django_db
class TestRefusedAtOnce:
    @pytest.fixture(autouse=True)
    def nobody_waits(self):
        yield
        assert not Job.objects.exists()

    def test_the_preparer(self, ready, officer):
        with pytest.raises(Refused, match="someone else must sign it off"):
            ask(ready, by=officer)

    def test_somebody_whose_role_does_not_sign(self, ready):
        with pytest.raises(Refused, match="appointed deputy within their dates"):
            ask(ready, by=UserFactory())

    def test_a_stale_page(self, ready, leader):
        with pytest.raises(Refused, match="changed while you were reading"):
            ask(ready, by=leader, seen_version=ready.version - 1)

    def test_an_open_stop(self, officer, leader):
        lease(payee=PayeeFactory())
        with pytest.raises(Refused, match="1 STOP must be mended or held"):
            ask(submitted(SEPTEMBER, by=officer), by=leader)

    def test_an_open_check(self, officer, leader):
        LeaseFactory()
        with pytest.raises(Refused, match="1 CHECK must be"):
            ask(submitted(SEPTEMBER, by=officer), by=leader)

    def test_a_bridge_that_does_not_close(self, ready, officer, leader):
        with audit.acting(officer):
            PayeeTotal.objects.update(rent=1, net=1)
        with pytest.raises(Refused, match="unexplained"):
            ask(ready, by=leader)

    def test_a_payee_above_ones_limit(self, ready, leader):
        by = UserFactory(groups=[roles.SERVICE_MANAGER])
        limits.set_limit(person=leader, amount=Decimal(1), from_on=NOW.date(), reason="Rules", by=by, now=NOW)
        with pytest.raises(Refused, match="these payees get more"):
            ask(ready, by=leader)

    def test_what_is_signed_off(self, officer, leader, close):
        lease()
        with pytest.raises(Refused, match="Only a schedule that awaits sign-off"):
            ask(close(SEPTEMBER), by=leader)


@pytest.mark.django_db
def test_pressing_twice_is_one_job_and_another_person_is_told_who_signs(ready, leader):
    job = ask(ready, by=leader)
    assert ask(ready, by=leader) == job
    with pytest.raises(Refused, match=f"^{leader} is signing this off already\\.$"):
        ask(ready, by=UserFactory(groups=[roles.SERVICE_MANAGER]))


@pytest.mark.django_db(transaction=True)
class TestInTheWorker:
    def run(self, job) -> Job:
        jobs.run(job.pk)
        return Job.objects.get(pk=job.pk)

    def not_signed(self):
        assert Schedule.objects.get().status == "ready"
        assert not Payment.objects.exists()
        assert not StoredFile.objects.exists()

    def test_it_ends_with_the_way_to_the_signed_schedule(self, ready, leader, client):
        job = self.run(ask(ready, by=leader))
        assert (job.state, job.result) == ("done", "September 2026 is signed off. Its payments can be batched.")
        signed = Schedule.objects.get()
        assert (signed.status, signed.signed_off_by, signed.sign_off_note) == ("signed_off", leader, "Read")
        client.force_login(leader)
        page = client.get(reverse("job_detail", args=[job.pk])).content.decode()
        assert f'href="{reverse("controc:schedule_detail", args=["2026-09", 0])}"' in page

    def test_what_changed_since_it_was_generated_ends_it_in_words_and_the_page_says_so(self, ready, leader, client):
        Payee.objects.update(is_overseas=None)
        job = self.run(ask(ready, by=leader))
        ref = Payee.objects.get().party.ref
        words = f"1 lease or payee changed since this was generated: {ref}. It must be returned and generated again."
        assert (job.state, job.error) == ("failed", words)
        self.not_signed()
        client.force_login(leader)
        page = client.get(reverse("controc:sign_off", args=["2026-09", 0])).content.decode()
        assert '<a href="#last-attempt">The last attempt to sign it off</a>' in page
        assert page.count(words) == 2
        assert 'name="sign_off"' in page
        assert 'name="return"' in page

    @pytest.mark.parametrize("name", ["schedule_detail", "sign_off"])
    def test_the_pages_say_which_records_were_changed_since_before_anybody_presses(self, ready, leader, client, name):
        def page() -> str:
            return " ".join(client.get(reverse(f"controc:{name}", args=["2026-09", 0])).content.decode().split())

        client.force_login(leader)
        assert "may be out of date" not in page()
        Payee.objects.update(is_overseas=None)
        Lease.objects.update(cost_code="X9")
        shown = page()
        assert "may be out of date" in shown
        assert "2 records changed since it was generated" in shown
        lease_, payee = Lease.objects.get(), Payee.objects.get()
        assert f'<a href="{reverse("leases:lease_detail", args=[lease_.ref])}">{lease_.ref}</a>, ' in shown
        assert f'<a href="{reverse("payees:detail", args=[payee.party.ref])}">{payee.party.ref}</a>' in shown

    def test_a_schedule_that_was_generated_again_is_up_to_date(self, ready, officer, leader, client):
        Schedule.objects.update(status="draft")
        Payee.objects.update(is_overseas=None)
        services.generate(month=SEPTEMBER, by=officer, now=NOW + timedelta(minutes=1))
        client.force_login(leader)
        page = client.get(reverse("controc:schedule_detail", args=["2026-09", 0])).content.decode()
        assert "may be out of date" not in page

    def test_what_was_changed_after_it_was_asked_for_ends_it_in_words(self, ready, leader):
        job = ask(ready, by=leader)
        Schedule.objects.update(version=ready.version + 1)
        assert self.run(job).error == "This schedule changed while you were reading it. Check it again."
        self.not_signed()

    def test_somebody_who_lost_the_right_to_sign_in_the_meantime_does_not(self, ready, leader):
        deputy, today = UserFactory(), timezone.localdate()
        appointed = {"reason": "Leave", "appointed_by": leader, "appointed_at": NOW - timedelta(days=1)}
        spell = Deputy.objects.create(person=deputy, from_on=NOW.date(), to_on=today, **appointed)
        job = ask(ready, by=deputy)
        spell.delete()
        assert "appointed deputy within their dates" in self.run(job).error
        self.not_signed()

    def test_a_pack_that_cannot_be_made_leaves_nothing_half_written(self, ready, leader, monkeypatch):
        def broken(*args):
            raise RuntimeError("no fonts")

        monkeypatch.setattr("payments.controc.exports.pack", broken)
        job = self.run(ask(ready, by=leader))
        assert job.state == "failed"
        assert job.error.startswith("Something went wrong in “Sign off the rent schedule of September 2026”")
        self.not_signed()
        monkeypatch.undo()
        again = jobs.retry(job=job, by=leader, now=NOW)
        assert self.run(again).state == "done"


@pytest.mark.django_db
def test_the_page_says_who_is_signing_and_offers_nothing_else_meanwhile(ready, leader, client):
    job = ask(ready, by=leader)
    client.force_login(UserFactory(groups=[roles.SERVICE_MANAGER]))
    page = client.get(reverse("controc:sign_off", args=["2026-09", 0])).content.decode()
    assert f"{leader} asked for it" in page
    assert reverse("job_detail", args=[job.pk]) in page
    assert 'name="sign_off"' not in page


@pytest.mark.django_db
def test_the_command_signs_in_its_own_process_without_a_job(ready, leader):
    assert helpers.sign_off(ready, by=leader).status == "signed_off"
    assert not Job.objects.exists()
