"""Properties and their certificates."""

from datetime import date
from typing import Any

from lewisham_ta.addresses import address_key
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.compare import say_label
from lewisham_ta.templatetags import ta
from payments.leases.imports.diff.comparison import Comparison
from payments.leases.imports.diff.fields import CERTIFICATE, PROPERTY
from payments.leases.models import Certificate


def properties(diff: Comparison) -> None:
    for row in diff.register.properties.rows:
        key = ref_key(row["Property Ref"])
        values = {one.name: one.of(row) for one in PROPERTY}
        if stored := diff.records.properties.get(key):
            merged, changes = diff.differences(diff.register.properties, row, PROPERTY, values, stored.values)
            diff.add_known("Property", stored.ref, stored.pk, _with_key(merged), changes)
        else:
            words = f"{values['address']}, {values['postcode']}"
            diff.add_new("Property", row["Property Ref"], _with_key(values) | {"ref": row["Property Ref"]}, words)
    for key, stored in diff.records.properties.items():
        if key not in diff.refs["property"]:
            diff.add_gone("Property", stored.ref, stored.values["address"])


def certificates(diff: Comparison) -> None:
    found, listed = diff.register.certificates, set()
    for row in found.rows:
        key = (ref_key(row["Property Ref"]), row["Certificate"], row["Issued"])
        listed.add(key)
        ref = _certificate_ref(diff, key)
        values = {"expires_on": row["Expires"]}
        if stored := diff.records.certificates.get(key):
            diff.add_known(
                "Certificate", ref, stored.pk, *diff.differences(found, row, CERTIFICATE, values, stored.values)
            )
        else:
            values |= {"property": key[0], "kind": key[1], "issued_on": key[2]}
            diff.add_new("Certificate", ref, values, f"expires {ta.day(values['expires_on'])}")
    if not found.is_missing:
        for key in diff.records.certificates:
            if key not in listed:
                diff.add_gone("Certificate", _certificate_ref(diff, key))


def _certificate_ref(diff: Comparison, key: tuple[str, str, date]) -> str:
    kind = say_label(Certificate.Kind)(key[1])
    return f"{diff.ref('property', key[0])} {kind} issued {ta.day(key[2])}"


def _with_key(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"address_key": address_key(values["address"], values["postcode"])}
