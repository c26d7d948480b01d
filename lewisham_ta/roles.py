"""The roles, and what each may do. A role is a group; four eyes are kept by person and not by role."""

from django.contrib.auth.models import Group, Permission

OFFICER = "Officer"
TEAM_LEADER = "Team leader"
SERVICE_MANAGER = "Service manager"
CENTRAL_FINANCE = "Central Finance"
AUDITOR = "Auditor"

SEES = {
    "payments.see_schedule",
    "payments.see_payments",
    "payments.see_records",
    "payments.see_invoices",
    "payments.see_overpayments",
    "bookings.see_bookings",
}
PREPARES = {
    "payments.manage_payees",
    "payments.manage_leases",
    "payments.request_bank_change",
    "payments.approve_bank_details",
    "payments.prepare_schedule",
    "payments.make_batch",
    "payments.load_answer",
    "payments.check_invoices",
    "payments.manage_overpayments",
    "bookings.manage_bookings",
}
LEADS = {
    "payments.sign_off_schedule",
    "payments.appoint_deputy",
    "payments.withdraw_payment",
    "payments.approve_invoices",
    "payments.pass_over_tolerance",
    "payments.write_off_overpayments",
    "bookings.approve_over_cap",
    "lewisham_ta.change_settings",
    "lewisham_ta.set_limits",
    "lewisham_ta.see_audit_log",
}

# Whole account numbers are for those who type them and those who pay into them. Who approves one sees it masked, beside
# the verdict of the modulus check.
SEES_ACCOUNTS = {"payments.see_bank_details"}

# Role → the permissions, as "app.codename". A deputy gets the right to sign from their appointment, not from here.
ROLES: dict[str, set[str]] = {
    OFFICER: SEES | PREPARES | SEES_ACCOUNTS,
    TEAM_LEADER: SEES | PREPARES | LEADS,
    SERVICE_MANAGER: SEES | PREPARES | LEADS | {"lewisham_ta.manage_people"},
    CENTRAL_FINANCE: SEES_ACCOUNTS | {"payments.see_payments", "payments.load_answer"},
    AUDITOR: SEES | {"lewisham_ta.see_audit_log"},
}


def sync_roles() -> None:
    """Make the groups and give each exactly its permissions. Safe to run at every start. Raises KeyError for an
    unknown permission, so that a misspelt one cannot pass unnoticed."""
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    for role, permissions in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set([known[permission] for permission in permissions])
