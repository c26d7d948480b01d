"""Which heading of a file means what. No two providers write alike, so words decide, whole synonyms first."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

REF, NAME, FORENAME, SURNAME = "ref", "name", "forename", "surname"
UNIT, ADDRESS, POSTCODE = "unit", "address", "postcode"
STARTS, ENDS, PERIOD, NIGHTS = "starts", "ends", "period", "nights"
RATE, NET, VAT, GROSS, AMOUNT = "rate", "net", "vat", "gross", "amount"
FIELDS = {
    REF: "Booking reference",
    NAME: "Resident",
    FORENAME: "Forename",
    SURNAME: "Surname",
    UNIT: "Unit",
    ADDRESS: "Address",
    POSTCODE: "Postcode",
    STARTS: "First night",
    ENDS: "End",
    PERIOD: "First night and end in one cell",
    NIGHTS: "Nights",
    RATE: "Nightly rate",
    NET: "Net",
    VAT: "VAT",
    GROSS: "Gross",
}
PERIOD_PARTS = re.compile(r"\s+(?:to|until|till)\s+|\s+-\s+|\s*–\s*", re.IGNORECASE)
DEPARTURE, LAST_NIGHT = "departure", "last_night"
ENDS_WORDS = {DEPARTURE: "the morning of departure, not charged", LAST_NIGHT: "the last night, charged"}

# Whole headings, in the order in which they are preferred where a file has two of them.
SYNONYMS: dict[str, Sequence[str]] = {
    REF: (
        *("booking ref", "booking reference", "your ref", "your reference", "council ref", "lbl ref", "booking no"),
        *("booking number", "booking id", "booking", "placement ref", "placement reference", "reference", "ref"),
    ),
    NAME: (
        *("resident", "client", "guest", "tenant", "name", "resident name", "client name", "guest name"),
        *("tenant name", "occupant", "occupier", "applicant", "service user", "customer", "lead guest", "household"),
    ),
    FORENAME: ("forename", "first name", "given name"),
    SURNAME: ("surname", "last name", "family name"),
    UNIT: (
        *("unit", "unit ref", "unit reference", "room", "room no", "room number", "unit no", "unit number"),
        *("room ref", "property ref", "flat", "accommodation"),
    ),
    ADDRESS: ("address", "property address", "full address", "property", "premises", "location"),
    POSTCODE: ("postcode", "post code"),
    STARTS: (
        *("check in", "checkin", "arrival", "first night", "from", "date from", "from date", "start", "start date"),
        *("arrival date", "check in date", "date in", "in", "arrived", "moved in", "move in"),
    ),
    ENDS: (
        *("check out", "checkout", "departure", "last night", "to", "date to", "to date", "end", "end date"),
        *("departure date", "check out date", "date out", "out", "until", "left", "moved out", "move out"),
    ),
    PERIOD: ("period", "dates", "dates of stay", "stay", "period of stay", "stay dates"),
    NIGHTS: (
        *("nights", "no of nights", "number of nights", "total nights", "nights stayed", "days", "no of days"),
        *("number of days", "qty", "quantity"),
    ),
    RATE: (
        *("rate", "nightly rate", "rate per night", "per night", "price per night", "nightly charge", "daily rate"),
        *("charge per night", "cost per night", "unit price", "tariff"),
    ),
    NET: ("net", "net amount", "amount net", "net total", "total net", "net cost", "total ex vat", "amount ex vat"),
    VAT: ("vat", "vat amount", "tax", "vat charged"),
    GROSS: ("gross", "gross amount", "gross total", "total inc vat", "amount inc vat", "total incl vat"),
    AMOUNT: ("amount", "total", "line total", "total amount", "cost", "charge", "total cost", "total charge", "value"),
}
_MEANING = {name: (field, place) for field, names in SYNONYMS.items() for place, name in enumerate(names)}
_FILLER = frozenset({"gbp", "the", "a", "in", "pounds"})
_BY_WORDS_ONLY = 100  # how good a fit is a heading that is no synonym
_A_NIGHT = (
    r"\b(rate|tariff)\b|\b(price|charge|cost) (per|each) (night|day)\b|\bper (night|nt|day)\b|\bp n\b|^(net )?nightly\b"
)
# "VAT @ 20%" is of pounds: there the words after VAT begin with the figure.
_PERCENT_OF_VAT = r"^(vat|tax) (rate\b|perc|pct\b)|^(perc\w*|pct) (of )?(vat|tax)\b|\brate of (vat|tax)\b"

# What a heading that is no synonym means by its words, the first that fits; "" for something that is not read.
_BY_WORDS: Sequence[tuple[str, str]] = (
    (_PERCENT_OF_VAT, ""),
    (r"^(vat|tax) (no|number|code)\b", ""),
    (r"\bpost ?code\b", POSTCODE),
    (rf"^(?=.*({_A_NIGHT})).*(\bgross\b|\binc(l|luding)?\b)", ""),  # the rate that was agreed is without VAT
    (_A_NIGHT, RATE),
    (r"\b(incl?|including|gross)\b.*\b(vat|tax)\b|\bgross\b", GROSS),
    (r"\b(excl?|excluding|ex)\b.*\b(vat|tax)\b|\bnet\b", NET),
    (r"\bvat\b", VAT),
    (r"\b(last|final) night\b|\bcheck(ed)? ?out\b|\bdepart|\bleft\b|\bvacat|\bto (ex|in)clusive\b", ENDS),
    (r"\bcheck(ed)? ?in\b|\barriv|\bfirst night\b|\bcommenc", STARTS),
    (r"\b(nights?|days)\b", NIGHTS),
    (r"\b(fore|first|given) ?names?\b", FORENAME),
    (r"\b(sur|last|family) ?names?\b", SURNAME),
    (r"\b(room|unit|flat|apartment)\b", UNIT),
    (r"\b(address|property|premises|hotel|location)\b", ADDRESS),
    (r"^(our|invoice|supplier|provider)\b", ""),
    (r"\b(ref|reference|booking|placement)\b", REF),
    (r"\b(name|resident|client|guest|tenant|occupant|occupier|applicant|user|customer|household|family)s?\b", NAME),
    (r"\b(start|from)\b", STARTS),
    (r"\b(end|to|until|till|through)\b", ENDS),
    (r"\b(period|dates|stay)\b", PERIOD),
    (r"\b(amount|total|cost|charge|price|sum|value)\b", AMOUNT),
)


def key(heading: Any) -> str:
    """A heading without case, spacing, punctuation and the sign of the pound; a percentage stays one."""
    if not isinstance(heading, str):
        return ""
    return " ".join(re.findall(r"[a-z0-9]+", heading.casefold().replace("&", " and ").replace("%", " percent ")))


def is_percent_of_vat(heading: Any) -> bool:
    """Whether a heading says that its column has the percentage of VAT, and not its pounds."""
    return bool(re.search(_PERCENT_OF_VAT, key(heading)))


def meaning(heading: str) -> tuple[str, int]:
    """The field that a heading means ("" for none), and how good a fit it is: the lower, the better."""
    its = key(heading)
    bare = " ".join(word for word in its.split() if word not in _FILLER)
    for name in (its, bare):
        if name in _MEANING:
            return _MEANING[name]
    for pattern, field in _BY_WORDS:
        if its and re.search(pattern, its):
            return field, _BY_WORDS_ONLY
    return "", _BY_WORDS_ONLY


def end_meaning(heading: str) -> str:
    """Whether the words of a heading say that it is the last night or the departure; "" where they do not."""
    its = key(heading)
    if re.search(r"\b(last|final) (night|day)\b|\bincl|\bthrough\b", its):
        return LAST_NIGHT
    if re.search(r"\bcheck(ed)? ?out\b|\bdepart|\bexcl|\bleft\b|\bout\b|\bvacat|\bleav", its):
        return DEPARTURE
    return ""


def columns_of(cells: Sequence[Any]) -> dict[str, int]:
    """Field → column of a row of headings; each field once, where its heading fits best."""
    best: dict[str, tuple[int, int]] = {}
    for index, cell in enumerate(cells):
        field, fit = meaning(cell) if isinstance(cell, str) else ("", 0)
        if field and (field not in best or (fit, index) < best[field]):
            best[field] = (fit, index)
    columns = {field: index for field, (_, index) in best.items()}
    amount = columns.pop(AMOUNT, None)
    has_vat = VAT in columns or (NET in columns and any(map(is_percent_of_vat, cells)))
    if amount is not None and GROSS not in columns and has_vat and (NET in columns or amount > columns[VAT]):
        columns[GROSS] = amount  # a "Total" beside a net, or to the right of the VAT
    elif amount is not None and NET not in columns:
        columns[NET] = amount
    return columns


def has_enough(columns: Mapping[str, int]) -> bool:
    """Whether a row of headings can be that of an invoice's lines."""
    dates = PERIOD in columns or (STARTS in columns and (ENDS in columns or NIGHTS in columns))
    who = {REF, NAME, SURNAME, UNIT, ADDRESS} & columns.keys()
    return bool(dates and who and {NET, GROSS} & columns.keys())
