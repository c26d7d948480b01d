from tests import states


def test_the_drawn_states_are_those_of_the_code():
    assert states.PAGE.read_text() == states.page(), "Run: python -m tests.states"
