"""Addresses as they are compared."""

import re
import unicodedata

# Short forms that stand for one word wherever they are. "St" is not among them: it may be a saint.
SHORT_FORMS = {
    "APARTMENT": "FLAT",
    "APT": "FLAT",
    "AV": "AVENUE",
    "AVE": "AVENUE",
    "CL": "CLOSE",
    "CRES": "CRESCENT",
    "CT": "COURT",
    "DR": "DRIVE",
    "GDNS": "GARDENS",
    "GRN": "GREEN",
    "GRV": "GROVE",
    "HSE": "HOUSE",
    "LN": "LANE",
    "PL": "PLACE",
    "RD": "ROAD",
    "SQ": "SQUARE",
    "TER": "TERRACE",
    "TERR": "TERRACE",
    "WLK": "WALK",
}


def address_key(address: str, postcode: str) -> str:
    """An address as it is compared: the same dwelling written in two ways comes out the same.

    Case, accents, punctuation and spacing do not count, short forms are written out, and the postcode ends it.
    """
    plain = unicodedata.normalize("NFKD", address).encode("ascii", "ignore").decode().upper()
    words: list[str] = []
    for part in plain.replace("&", " AND ").replace("'", "").split(","):
        tokens = [SHORT_FORMS.get(token, token) for token in re.findall(r"[A-Z0-9]+", part)]
        if len(tokens) > 1 and tokens[-1] == "ST":
            tokens[-1] = "STREET"
        words += tokens
    return " ".join([*words, re.sub(r"[^A-Z0-9]", "", postcode.upper())])[:220].strip()
