"""What the design promises about the source and a reader would forget: one-way imports, exact money, pure rules.

Every check is first shown a planted wrong line, so that a check that finds nothing has been seen to find something.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Each app with the apps it may import, written out; the tests and the commands' entry may import everything.
APPS = {
    "lewisham_ta": set(),
    "contacts": {"lewisham_ta"},
    "bookings": {"contacts", "lewisham_ta"},
    "removals": {"contacts", "lewisham_ta"},
    "stock": {"contacts", "lewisham_ta"},
    "payments": {"bookings", "removals", "stock", "contacts", "lewisham_ta"},
    "reports": {"payments", "bookings", "removals", "stock", "contacts", "lewisham_ta"},
}
# The rooms of payments. Sources of money know overpayments, and those know batches; batches knows no source.
ROOMS = {
    "payees": set(),
    "coding": set(),
    "leases": {"payees"},
    "orders": {"coding", "payees"},
    "batches": {"payees", "coding"},
    "overpayments": {"batches", "coding", "leases", "payees"},
    "controc": {"overpayments", "batches", "coding", "leases", "payees"},
    "invoices": {"orders", "overpayments", "batches", "coding", "leases", "payees"},
    "one_off": {"overpayments", "batches", "coding", "leases", "payees"},
}
# The rooms of bookings, each with those it may know.
BOOKING_ROOMS = {
    "households": set(),
    "units": set(),
    "stays": {"households", "units"},
    "occupancy": {"stays", "households", "units"},
    "clocks": {"stays", "households", "units"},
    "academy": {"stays", "households", "units"},
    "sheet": {"stays", "households", "units"},
}
ROOMS_OF = {"payments": ROOMS, "bookings": BOOKING_ROOMS}
# The composition root knows every app: that is what it is for.
KNOWS_EVERY_APP = {"lewisham_ta/settings.py", "lewisham_ta/urls.py", "bookings/models.py", "payments/models.py"}
IMPURE = ("django.db", "django.conf", "django.utils.timezone", "time", "os", "random")


def modules_imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported, wherever in the file, `from a import b` as `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@cache
def rooms_by_model(app: str) -> dict[str, str]:
    """Model → room, of the models that the app's `models.py` hands on, so that it is no way round the arrows."""
    imports = modules_imported(ast.parse((ROOT / app / "models.py").read_text()))
    return {name.rpartition(".")[2]: name.split(".")[1] for _, name in imports if name.startswith(f"{app}.")}


def room_of_model(app: str, name: str) -> str:
    return rooms_by_model(app).get(name.removeprefix("models."), "") if name.startswith("models.") else ""


def called(node: ast.AST) -> str:
    """The last name of what is called: `round` of `round(x)`, `now` of `datetime.now()`."""
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "id", "") or getattr(function, "attr", "")


def wrong_arrows(path: str, tree: ast.AST) -> Iterator[str]:
    if path in KNOWS_EVERY_APP:
        return
    parts = path.removesuffix(".py").split("/")
    app, room = parts[0], parts[1]
    rooms = ROOMS_OF.get(app, {})
    for line, name in modules_imported(tree):
        their_app, _, rest = name.partition(".")
        if their_app in APPS and their_app != app and their_app not in APPS[app]:
            yield f"{path}:{line} {app} may not import {their_app}"
        elif room in rooms and their_app == app:
            their_room = room_of_model(app, rest) or rest.partition(".")[0]
            if their_room in rooms and their_room not in {room, *rooms[room]}:
                yield f"{path}:{line} {room} may not import {their_room}"


def relative_imports(path: str, tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"{path}:{node.lineno} relative import"


def inexact_money(path: str, tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if called(node) in {"float", "FloatField", "round"}:
            yield f"{path}:{node.lineno} {called(node)}( is not for money, nor for anything else here"


def signal_receivers(path: str, tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        for decorator in getattr(node, "decorator_list", []):
            if called(decorator) == "receiver" or getattr(decorator, "id", "") == "receiver":
                yield f"{path}:{decorator.lineno} @receiver hides who does what"


def impure_rules(path: str, tree: ast.AST) -> Iterator[str]:
    """In a `rules.py`, or a file of a `rules` folder: a clock, a setting, the ORM or a model."""
    if not (path.endswith("/rules.py") or "/rules/" in path):
        return
    for line, name in modules_imported(tree):
        if any(name == impure or name.startswith(f"{impure}.") for impure in IMPURE) or ".models" in name:
            yield f"{path}:{line} rules are pure, and {name} is not"
    for node in ast.walk(tree):
        if called(node) in {"now", "utcnow", "today", "localdate", "localtime"}:
            yield f"{path}:{node.lineno} rules do not read the clock"


CHECKS = [wrong_arrows, relative_imports, inexact_money, signal_receivers, impure_rules]


def findings(path: str, source: str) -> list[str]:
    tree = ast.parse(source)
    return [finding for check in CHECKS for finding in check(path, tree)]


def project_files() -> list[Path]:
    """The product's own source. Migrations are history and not code that anybody calls."""
    return sorted(
        file for app in APPS for file in (ROOT / app).rglob("*.py") if "migrations" not in file.relative_to(ROOT).parts
    )


@pytest.mark.parametrize("file", project_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_the_source_keeps_the_rules(file):
    assert findings(file.relative_to(ROOT).as_posix(), file.read_text()) == []


def test_every_folder_of_source_is_known_here():
    """A new app or room is added to the tables above before anything can be in it."""
    apps = {file.parent.name for file in ROOT.glob("*/apps.py")}
    assert apps <= APPS.keys()
    for app, known in ROOMS_OF.items():
        assert {file.parent.name for file in ROOT.glob(f"{app}/*/models.py")} <= known.keys()


def test_the_arrows_have_no_circle():
    for arrows in (APPS, *ROOMS_OF.values()):
        for name, imports in arrows.items():
            assert all(name not in arrows[other] for other in imports), name


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("lewisham_ta/dates.py", "import payments.controc"),
        ("lewisham_ta/jobs/run.py", "def run():\n    from payments.models import Payment"),
        ("contacts/services.py", "from bookings import models"),
        ("bookings/views.py", "import stock"),
        ("payments/controc/views.py", "from reports.selectors import totals"),
        ("payments/batches/services.py", "from payments.controc.models import Schedule"),
        ("payments/batches/services.py", "from payments import controc"),
        ("payments/batches/services.py", "from payments.models import Payee, Schedule"),
        ("payments/leases/rules.py", "import payments.controc.rules"),
        ("payments/orders/views.py", "from payments.invoices import selectors"),
        ("payments/payees/services.py", "from payments.leases import services"),
        ("bookings/stays/models.py", "from payments.payees.models import Payee"),
        ("bookings/units/rules.py", "from bookings.stays import rules"),
        ("bookings/households/selectors.py", "from bookings.models import Booking"),
        ("contacts/forms.py", "from . import models"),
        ("contacts/forms.py", "from .models import Party"),
        ("payments/models.py", "rate = float('1.1')"),
        ("payments/models.py", "rate = models.FloatField()"),
        ("payments/models.py", "rate = FloatField(null=True)"),
        ("payments/services.py", "net = round(net, 2)"),
        ("contacts/apps.py", "@receiver(post_save)\ndef saved(**kwargs): ..."),
        ("contacts/apps.py", "@django.dispatch.receiver(post_save)\ndef saved(**kwargs): ..."),
        ("payments/controc/rules.py", "from django.db import models"),
        ("payments/controc/rules.py", "from django.db.models import Q"),
        ("payments/controc/rules.py", "import django.conf"),
        ("payments/controc/rules.py", "from django.conf import settings"),
        ("payments/controc/rules.py", "from django.utils import timezone"),
        ("payments/controc/rules.py", "from payments.controc.models import Schedule"),
        ("payments/controc/rules.py", "today = date.today()"),
        ("payments/controc/rules.py", "at = datetime.now(UTC)"),
        ("payments/controc/rules/bridge.py", "at = datetime.datetime.now(tz=UTC)"),
    ],
)
def test_a_planted_wrong_line_is_found(path, source):
    assert len(findings(path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("payments/controc/services.py", "from payments.batches.services import add_payment"),
        ("payments/controc/services.py", "from payments.controc import rules\nfrom contacts.models import Party"),
        ("payments/controc/rules.py", "from datetime import date\nfrom decimal import Decimal\nimport calendar"),
        ("payments/controc/views.py", "now = timezone.now()"),
        ("payments/models.py", "from payments.controc.models import Schedule"),
        ("reports/selectors.py", "from payments.controc.models import Schedule"),
        ("payments/leases/rules.py", "def around(day): ...\naround(1)\nbackground = 2"),
    ],
)
def test_a_right_line_is_left_alone(path, source):
    assert findings(path, source) == []
