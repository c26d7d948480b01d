"""Where a unit is, whether its grade is good, and which cap its rate is held against."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Protocol

from lewisham_ta.dates import say

INNER = "Inner South East London"
OUTER = "Outer South East London"

# The council's own list of postcodes (domain notes 3.3). Where a district is in both areas, exceptions are by sector
# and unit; for a few postcodes the list says to ask, and they have no area here.
INNER_DISTRICTS = {"SE3", "SE4", "SE6", "SE8", "SE10", "SE13", "SE14", "SE15", "SE16", "SE23", "SE26"}
OUTER_DISTRICTS = {"SE9", "SE12", "BR1", "BR3"}
ASK = {
    *("SE6 1TP", "SE6 2RP", "SE12 0RL"),
    *("SE26 5AQ", "SE26 5BA", "SE26 5BE", "SE26 5HR", "SE26 5HU", "SE26 5LF", "SE26 5JF"),
}
OUTER_IN_SE6 = {"2RS", "2RX", "3AB", "3AE", "3AF", "3AG", "3AH", "3AJ", "3AQ"}
INNER_IN_BR1 = {"5RU", "5SF", "5SG", "5SJ", "5SQ"}

GRADED_SIZES = {"studio"}

# How many people a unit sleeps where nobody recorded it: two to a bedroom, and a family room is one of four beds.
SLEEPS = {"single": 1, "double": 2, "family": 4, "studio": 2} | {
    str(bedrooms): 2 * bedrooms for bedrooms in range(1, 7)
}


class Cap(Protocol):
    @property
    def size(self) -> str: ...

    @property
    def area(self) -> str: ...

    @property
    def from_on(self) -> date: ...

    @property
    def amount(self) -> Decimal: ...


def tidy_postcode(text: str) -> str:
    """A postcode in capitals with one space before its last three characters."""
    bare = re.sub(r"\s", "", text).upper()
    return f"{bare[:-3]} {bare[-3:]}" if len(bare) > 3 else bare


def brma_of(postcode: str) -> str:
    """The broad rental market area of a postcode in or about Lewisham, or "" where the list does not say."""
    tidy = tidy_postcode(postcode)
    district, _, rest = tidy.partition(" ")
    if tidy in ASK:
        return ""
    inner = (
        (district in INNER_DISTRICTS and not (district == "SE6" and _is_outer_in_se6(rest)))
        or (district == "BR1" and rest in INNER_IN_BR1)
        or (district == "SE12" and (rest == "0RG" or "8AA" <= rest <= "8TQ"))
    )
    if inner:
        return INNER
    return OUTER if district in OUTER_DISTRICTS or (district == "SE6" and _is_outer_in_se6(rest)) else ""


def area_of(*, postcode: str, was_postcode: str = "", was_area: str = "") -> str:
    """The market area of a unit whose postcode is now this one. An area that a person gave stays."""
    is_given = was_area and was_area != brma_of(was_postcode)
    return was_area if is_given else brma_of(postcode)


def _is_outer_in_se6(rest: str) -> bool:
    return rest in OUTER_IN_SE6 or "3ND" <= rest <= "3RW"


def needs_grade(*, size: str, is_bed_and_breakfast: bool) -> bool:
    """Bed and breakfast and studios are inspected and graded for all of London (Setting the Standard)."""
    return is_bed_and_breakfast or size in GRADED_SIZES


def grade_warning(
    *, size: str, is_bed_and_breakfast: bool, grade: str, grade_expires_on: date | None, day: date
) -> str:
    """What is wrong with the inspection grade of a unit on a day, or "". `grade_expires_on` is its last day."""
    if not needs_grade(size=size, is_bed_and_breakfast=is_bed_and_breakfast):
        return ""
    if not grade:
        return "It has no inspection grade, which bed and breakfast and studios need."
    if grade_expires_on is not None and grade_expires_on < day:
        return f"Its inspection grade {grade} expired on {say(grade_expires_on)}."
    return ""


def cap_on(caps: Iterable[Cap], *, size: str, area: str, day: date) -> Decimal | None:
    """The highest nightly rate for a size in an area on a day: the area's own cap, else the one of everywhere."""
    begun = [cap for cap in caps if cap.size == size and cap.from_on <= day and cap.area in {area, ""}]
    if not begun:
        return None
    return max(begun, key=lambda cap: (cap.area != "", cap.from_on)).amount


def over_cap(*, rate: Decimal, cap: Decimal | None) -> bool:
    """A rate that is the cap is not over it; where no cap is set none is checked."""
    return cap is not None and rate > cap


def withdrawal_refusal(*, from_on: date, today: date) -> str:
    """Why an agreed rate may not be taken back, or "". A past one was what nights were booked at."""
    if from_on < today:
        return "This rate has been in force: set another from today on."
    return ""
