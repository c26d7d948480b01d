"""A lease with nothing odd about it, and a month as it usually goes."""

from datetime import UTC, date, datetime

from lewisham_ta import files
from payments.controc import selectors, services
from payments.models import Anomaly, Lease, Schedule
from tests.factories import CertificateFactory, LeaseFactory

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
NOW = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)


def lease(**values) -> Lease:
    """£350 a week by Days since 2024, with a payee, bank details and certificates."""
    made = LeaseFactory(**values)
    for kind in ("gas", "eicr", "epc"):
        CertificateFactory(property=made.property, kind=kind)
    return made


def decide_all(schedule: Schedule, *, by, now=NOW) -> None:
    for severity, decision in (("STOP", "held"), ("CHECK", "accepted")):
        ids = list(selectors.open_anomalies(schedule).filter(severity=severity).values_list("pk", flat=True))
        if ids:
            services.decide(anomaly_ids=ids, decision=decision, reason="Looked at.", by=by, now=now)
    schedule.refresh_from_db()


def submitted(month: date, number: int = 0, *, by, now=NOW) -> Schedule:
    schedule = services.generate(month=month, number=number, by=by, now=now)
    return services.submit(schedule_id=schedule.pk, seen_version=schedule.version, by=by, now=now)


def sign_off(schedule: Schedule, *, by, now=NOW) -> Schedule:
    return services.sign_off(schedule_id=schedule.pk, seen_version=schedule.version, by=by, now=now)


def stamp(schedule: Schedule, *, by, now=NOW, **values) -> None:
    """Sign off without decisions, payments and pack, where only the lines matter."""
    file = files.store("pack", b"pack", "text/plain", by, now)
    signed = {
        "status": "signed_off",
        "submitted_by": schedule.prepared_by,
        "submitted_at": now,
        "signed_off_by": by,
        "signed_off_at": now,
        "pack_pdf": file,
        "pack_xlsx": file,
    }
    Schedule.objects.filter(pk=schedule.pk).update(**signed | values)


def found(schedule: Schedule) -> set[tuple[str, str]]:
    """Subject and code of every anomaly."""
    rows = Anomaly.objects.filter(schedule=schedule).select_related("lease", "payee__party")
    return {(row.lease.ref if row.lease else row.payee.party.ref, row.code) for row in rows}
