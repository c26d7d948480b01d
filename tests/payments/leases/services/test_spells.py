"""Suspensions and holds."""

from datetime import date

import pytest

from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Refused
from payments.leases import services
from payments.models import (
    Hold,
    Suspension,
)
from tests.payments.leases.services.helpers import start

pytestmark = pytest.mark.django_db


def test_a_day_is_suspended_once(acts):
    lease = start(acts)
    spell = {"lease_id": lease.pk, "reason": "Fire", **acts}
    with pytest.raises(Refused, match="its suspension cannot begin before that"):
        services.suspend(starts_on=date(2026, 4, 14), ends_on=None, **spell)
    row = services.suspend(starts_on=date(2026, 9, 1), ends_on=None, **spell)
    with pytest.raises(Refused, match="Another suspension of this lease covers some of these days"):
        services.suspend(starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 8), **spell)
    services.end_suspension(suspension_id=row.pk, ends_on=date(2026, 10, 1), **acts)
    with pytest.raises(Refused, match="already ends on 30 Sep 2026"):
        services.end_suspension(suspension_id=row.pk, ends_on=date(2026, 10, 5), **acts)
    assert services.suspend(starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 8), **spell).pk


def test_a_suspension_that_was_a_mistake_is_withdrawn(acts):
    lease = start(acts)
    row = services.suspend(lease_id=lease.pk, starts_on=date(2026, 9, 1), ends_on=None, reason="Fire", **acts)
    services.withdraw_suspension(suspension_id=row.pk, why="Next door", **acts)
    assert not Suspension.objects.exists()
    assert AuditEvent.objects.get(action="lease.suspension_withdrawn").subject_id == lease.pk


def test_the_day_of_release_is_the_first_day_not_held(acts):
    lease = start(acts)
    row = services.hold(lease_id=lease.pk, starts_on=date(2026, 10, 1), reason="Ownership", must_act="Legal", **acts)
    with pytest.raises(Refused, match="has at least that day"):
        services.release_hold(hold_id=row.pk, released_on=date(2026, 10, 1), **acts)
    services.release_hold(hold_id=row.pk, released_on=date(2026, 10, 31), **acts)
    assert not Hold.objects.filter(starts_on__lte=date(2026, 10, 31), ends_on__gt=date(2026, 10, 31)).exists()
    assert Hold.objects.filter(ends_on__gt=date(2026, 10, 30)).exists()


def test_a_day_is_held_once_and_a_mistaken_hold_is_withdrawn(acts):
    lease = start(acts)
    new = {"lease_id": lease.pk, "starts_on": date(2026, 10, 1), "reason": "Ownership", **acts}
    row = services.hold(**new)
    with pytest.raises(Refused, match="Another hold of this lease covers some of these days"):
        services.hold(**new)
    services.withdraw_hold(hold_id=row.pk, why="Wrong lease", **acts)
    assert not Hold.objects.exists()
