"""The demo never mixes with real records."""

import pytest
from django.core.management import CommandError, call_command

from lewisham_ta.models import User
from tests.factories import PartyFactory


def test_a_database_with_landlords_is_refused_and_left_as_it_is(db):
    PartyFactory()
    with pytest.raises(CommandError, match="The demo fills an empty database, and this one has landlords in it"):
        call_command("demo", "--no-serve")
    assert not User.objects.exists()
