"""Units that a sheet brought had no market area, so that no cap of an area was held against their rates."""

import re

from django.db import migrations

INNER = "Inner South East London"
OUTER = "Outer South East London"
INNER_DISTRICTS = {"SE3", "SE4", "SE6", "SE8", "SE10", "SE13", "SE14", "SE15", "SE16", "SE23", "SE26"}
OUTER_DISTRICTS = {"SE9", "SE12", "BR1", "BR3"}
ASK = {
    *("SE6 1TP", "SE6 2RP", "SE12 0RL"),
    *("SE26 5AQ", "SE26 5BA", "SE26 5BE", "SE26 5HR", "SE26 5HU", "SE26 5LF", "SE26 5JF"),
}
OUTER_IN_SE6 = {"2RS", "2RX", "3AB", "3AE", "3AF", "3AG", "3AH", "3AJ", "3AQ"}
INNER_IN_BR1 = {"5RU", "5SF", "5SG", "5SJ", "5SQ"}
BATCH = 1000


def fill(apps, schema_editor):
    """Give every unit without a market area the one of its postcode, where the council's list has one."""
    Unit = apps.get_model("bookings", "Unit")
    changed = []
    for unit in Unit.objects.filter(brma="").only("pk", "postcode").iterator(chunk_size=BATCH):
        unit.brma = area(unit.postcode)
        if unit.brma:
            changed.append(unit)
    Unit.objects.bulk_update(changed, ["brma"], batch_size=BATCH)


def area(postcode):
    """The rule as it was when this migration was written."""
    bare = re.sub(r"\s", "", postcode).upper()
    district, rest = bare[:-3], bare[-3:]
    if f"{district} {rest}" in ASK:
        return ""
    if district == "SE6" and (rest in OUTER_IN_SE6 or "3ND" <= rest <= "3RW"):
        return OUTER
    if district == "BR1" and rest in INNER_IN_BR1:
        return INNER
    if district == "SE12" and (rest == "0RG" or "8AA" <= rest <= "8TQ"):
        return INNER
    if district in INNER_DISTRICTS:
        return INNER
    return OUTER if district in OUTER_DISTRICTS else ""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0004_nights_by_week_and_absence")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
