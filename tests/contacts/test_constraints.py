"""What can never be true of a party, broken on purpose."""

import pytest
from django.db import IntegrityError

from contacts.models import Party
from lewisham_ta.refusals import Refused, refusing
from tests.factories import PartyFactory

pytestmark = pytest.mark.django_db


def test_two_parties_never_share_a_reference():
    PartyFactory(ref="L0001")
    with pytest.raises(Refused, match="Another party has this reference"), refusing():
        PartyFactory(ref="L0001")


def test_a_party_has_a_known_kind():
    with pytest.raises(IntegrityError, match="party_kind_is_known"):
        PartyFactory(kind="ghost")


@pytest.mark.parametrize("missing", ["ref", "name"])
def test_a_party_has_a_reference_and_a_name(missing):
    with pytest.raises(IntegrityError, match="party_has_ref_and_name"):
        PartyFactory(**{missing: ""})


def test_every_kind_that_can_be_chosen_can_be_saved():
    for kind in Party.Kind:
        PartyFactory(kind=kind)
    assert Party.objects.count() == len(Party.Kind)
