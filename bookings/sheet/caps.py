"""The sheet's rates beside the caps: the sheet cannot say who approved one that is over."""

from datetime import date
from decimal import Decimal

from bookings.sheet.checks import Terms
from bookings.sheet.records import Records
from bookings.sheet.sheets import Nightly, Status
from bookings.stays.rules import rate_on
from bookings.units.rules import area_of, cap_on
from lewisham_ta.imports.compare import Stored, key_of
from lewisham_ta.imports.table import Row
from lewisham_ta.templatetags import ta

HAVE_IT = "on the booking's page"


def area_after(row: Row, stored: Stored | None = None) -> str:
    """The market area that a unit of the sheet will have."""
    was = stored.values if stored else {"postcode": "", "brma": ""}
    return area_of(postcode=row["Postcode"], was_postcode=was["postcode"], was_area=was["brma"])


class Caps:
    """What rates are held against, with the sizes and market areas of units as they will be."""

    def __init__(self, nightly: Nightly, records: Records) -> None:
        self.records = records
        self.sizes = {key: stored.values["size"] for key, stored in records.units.items()}
        self.areas = {key: stored.values["brma"] for key, stored in records.units.items()}
        for row in nightly.units.rows:
            key = key_of(row, "Unit Ref")
            self.sizes[key], self.areas[key] = row["Size"], area_after(row, records.units.get(key))

    def doubt(self, *, booking: str, unit: str, terms: Terms, from_on: date, rate: Decimal) -> tuple[str, bool]:
        """Why a rate is doubtful, or "", and whether an approval lapses: that of a lower rate does not cover it."""
        cap = self._cap(unit, from_on)
        if cap is None or rate <= cap or terms.status != Status.BOOKED:
            return "", False
        stored = self.records.bookings.get(booking)
        if stored is None or not stored.values["cap_approved_by"]:
            return f"over the cap of {ta.pounds(cap)}: have it approved {HAVE_IT}", False
        approved = self._recorded(booking, from_on)
        if approved is not None and rate <= approved:
            return "", False
        of_what = f" and over the {ta.pounds(approved)} that was approved" if approved is not None else ""
        return f"over the cap of {ta.pounds(cap)}{of_what}: have it approved again {HAVE_IT}", True

    def _cap(self, unit: str, day: date) -> Decimal | None:
        if not self.records.caps:
            return None
        return cap_on(self.records.caps, size=self.sizes[unit], area=self.areas[unit], day=day)

    def _recorded(self, booking: str, day: date) -> Decimal | None:
        """What the record has for the night, before its first night the rate that it begins with."""
        first = self.records.first_rate(booking)
        return rate_on(self.records.rates.get(booking, []), day) or (first and first.amount)
