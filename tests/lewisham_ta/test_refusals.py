from datetime import date

import pytest
from django.db import IntegrityError

from contacts.models import Party
from lewisham_ta.models import Job, StoredFile
from lewisham_ta.refusals import Refused, refusing
from payments.models import Adjustment, Anomaly, Lease, Schedule
from tests.factories import LONG_AGO, LeaseFactory, PartyFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_what_a_constraint_refuses_is_refused_in_its_words():
    lease = LeaseFactory()
    with pytest.raises(Refused, match=r"^The lease must end after it starts\.$"), refusing():
        Lease.objects.filter(pk=lease.pk).update(ends_on=lease.starts_on)


def test_an_exclusion_constraint_has_words_too():
    lease = LeaseFactory()
    with pytest.raises(Refused, match=r"^Another lease holds this property on some of these days\.$"), refusing():
        LeaseFactory(property=lease.property)


def test_a_field_that_is_unique_by_itself_is_named():
    PartyFactory(ref="L0001")
    with pytest.raises(Refused, match=r"^Another party has this reference\.$"), refusing():
        PartyFactory(ref="L0001")


def test_what_was_written_before_the_refusal_is_undone_and_the_transaction_goes_on():
    with pytest.raises(Refused), refusing():
        PartyFactory.create_batch(2, ref="L0001")
    assert not Party.objects.exists()


def test_a_constraint_without_words_is_our_own_mistake_and_stays_an_error():
    with pytest.raises(IntegrityError, match="adjustment_month_is_first_day"), refusing():
        Adjustment.objects.create(lease=LeaseFactory(), month=date(2026, 10, 2), kind="credit", amount=1)
    with pytest.raises(IntegrityError, match="job_not_more_than_all"), refusing():
        Job.objects.create(kind="toy", key="1", title="Toy", done=2, total=1, requested_at=LONG_AGO)


def test_a_missing_value_stays_an_error():
    with pytest.raises(IntegrityError, match="null value"), refusing():
        Party.objects.create(ref=None, name="Nobody")


def test_a_trigger_refuses_in_its_own_words():
    preparer, signatory = UserFactory.create_batch(2)
    pack = StoredFile.objects.create(
        name="pack", content_type="text/plain", content=b"", size=0, sha256="0" * 64, made_at=LONG_AGO
    )
    schedule = Schedule.objects.create(
        month=date(2026, 10, 1),
        status=Schedule.Status.SIGNED_OFF,
        prepared_by=preparer,
        generated_by=preparer,
        generated_at=LONG_AGO,
        submitted_by=preparer,
        submitted_at=LONG_AGO,
        signed_off_by=signatory,
        signed_off_at=LONG_AGO,
        pack_pdf=pack,
        pack_xlsx=pack,
    )
    with pytest.raises(Refused, match=r"^A schedule that is signed off is never changed \(anomaly\)\.$"), refusing():
        Anomaly.objects.create(schedule=schedule, code="NEW_LEASE", severity="CHECK", lease=LeaseFactory(), words="New")
