"""Landlords, and the bank details that a register asks for."""

from contacts.models import Party
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.preview import Change, Item, State
from lewisham_ta.imports.table import Row
from payments.leases.imports.diff.comparison import Comparison
from payments.leases.imports.diff.fields import LANDLORD
from payments.payees.selectors import Account, AccountsOnFile


def landlords(diff: Comparison) -> None:
    for row in diff.register.landlords.rows:
        key = ref_key(row["Landlord Ref"])
        values = {one.name: one.of(row) for one in LANDLORD}
        if stored := diff.records.landlords.get(key):
            merged, changes = diff.differences(diff.register.landlords, row, LANDLORD, values, stored.values)
            if key not in diff.records.payee_ids:
                changes.append(Change("Payee", "", "is paid from now on"))
            diff.add_known("Landlord", stored.ref, stored.pk, merged | {"key": key}, changes)
        else:
            diff.add_new("Landlord", row["Landlord Ref"], values | {"ref": row["Landlord Ref"]}, values["name"])
        _account(diff, row, key)
    for key, stored in diff.records.landlords.items():
        is_landlord = key in diff.records.payee_ids and stored.values["kind"] != Party.Kind.PROVIDER
        if is_landlord and key not in diff.refs["landlord"]:
            diff.add_gone("Landlord", stored.ref, stored.values["name"])


def _account(diff: Comparison, row: Row, key: str) -> None:
    """A request for the account, if it is not in use and was not asked for before. A blank asks for nothing."""
    if not row.get("Account No"):
        return
    account = Account(row["Sort code"], row["Account No"], row["Account name"])
    payee_id = diff.records.payee_ids.get(key)
    on_file = diff.records.accounts.get(payee_id, AccountsOnFile()) if payee_id else AccountsOnFile()
    ref = diff.ref("landlord", key)
    if not on_file.is_news(account):
        diff.plan.unchanged["Bank details"] += 1
        return
    diff.work.accounts[key] = account
    was = on_file.current or on_file.waiting
    if was is None:
        diff.plan.items.append(Item("Bank details", ref, State.NEW, f"{_masked(account)}, to be approved"))
    else:
        change = Change("Account", _masked(was), f"{_masked(account)}, to be called back and approved")
        diff.plan.items.append(Item("Bank details", ref, State.CHANGED, changes=(change,)))


def _masked(account: Account) -> str:
    return f"••-••-{account.sort_code[-2:]} ••••{account.account_number[-4:]} {account.account_name}"
