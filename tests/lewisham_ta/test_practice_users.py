"""Practice log-ins have passwords that everybody knows, so they are never made among real people."""

import pytest
from django.core.management import CommandError, call_command

from lewisham_ta.management.commands.practice_users import PRACTICE, practice_password
from lewisham_ta.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def refusal():
    with pytest.raises(CommandError) as caught:
        call_command("practice_users")
    return str(caught.value)


@pytest.mark.parametrize("is_active", [True, False])
def test_somebody_who_has_one_of_the_names_keeps_their_password(is_active):
    real = UserFactory(username="manager", first_name="Mo", last_name="Invented", is_active=is_active)
    real.set_password("their-own-password")
    real.save()
    assert refusal() == "manager is the log-in of Mo Invented, who is no practice user: nothing was changed."
    real.refresh_from_db()
    assert real.check_password("their-own-password")
    assert User.objects.count() == 1


def test_they_are_not_made_where_somebody_else_can_log_in():
    UserFactory(username="m.invented", password="md5$x$y")
    assert refusal() == "Real people log in here (m.invented), so practice users are not made."
    assert User.objects.count() == 1


def test_they_are_made_twice_beside_the_systems_user_and_people_who_left(capsys):
    system, left = UserFactory(), UserFactory(is_active=False)
    system.set_unusable_password()
    system.save()
    for _ in range(2):
        call_command("practice_users")
    assert "practice-manager-2026" in capsys.readouterr().out
    assert set(User.objects.exclude(pk__in=[system.pk, left.pk]).values_list("username", flat=True)) == set(PRACTICE)
    assert User.objects.get(username="leader").check_password(practice_password("leader"))
