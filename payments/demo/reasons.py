"""What a sensible team says when it accepts or holds an anomaly, by its code."""

ACCEPTED = {
    "LEASE_EXPIRED": (
        "Holding over: renewal terms are with the owner.",
        "Household still there; the lease manager agreed to go on month by month.",
        "Extension signed, the register follows.",
    ),
    "NEW_LEASE": ("Checked against the signed lease and the inventory.", "Signed lease seen; dates and rent agree."),
    "RENT_CHANGED": ("Agrees with the review letter.", "Agreed by the lease manager at the annual review."),
    "BACKDATED": ("Agrees with the handback form.", "Uplift letter seen; arrears are due.", "Checked day by day."),
    "CERTIFICATE_EXPIRED": ("Gas engineer is booked for Tuesday; e-mail on file.", "New record seen, to be loaded."),
    "RENT_OVER_CAP": ("Agreed by the service manager: wheelchair standard.",),
    "MOVED": ("Checked against last month's lines.",),
    "BANK_DETAILS_CHANGED": ("Called back on the number on file; the payee confirmed.",),
    "SHARED_BANK_ACCOUNT": ("Two companies of one owner; letter on file.",),
}
OTHERWISE_ACCEPTED = ("Looked at and found right.",)

# Code → the reason and who must act.
HELD = {
    "LEASE_EXPIRED": ("The owner disputes the extension: pay when it is settled.", "Lease manager"),
    "CERTIFICATE_EXPIRED": ("No gas safety record since August: pay when it is here.", "Owner"),
    "NO_BANK_DETAILS": ("Account form sent to the owner.", "Owner"),
    "BANK_CHANGE_PENDING": ("The change waits for its call-back.", "Payments officer"),
    "BANK_DETAILS_CHANGED": ("The changed account is cooling off.", "Payments officer"),
    "NRL_STATUS_UNKNOWN": ("Asked where the owner lives.", "Owner"),
    "DUPLICATE_PROPERTY": ("Two references for one home: which lease is right?", "Lease manager"),
    "RENT_MISSING": ("The rent of the first days is not in the register.", "Lease manager"),
}
OTHERWISE_HELD = ("To be looked into.", "Payments officer")
