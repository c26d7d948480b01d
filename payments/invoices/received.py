"""An invoice that came in and is not loaded yet: what was said of it, carried in the address of its page and signed."""

from dataclasses import dataclass
from datetime import date

from django.core import signing
from django.http import Http404

from bookings.models import Provider
from lewisham_ta.models import StoredFile, User

SALT, A_DAY = "invoices.received", 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Received:
    """Who sent it, under which number ("" where the file says it), when, and what it came as, if as a file."""

    provider: Provider
    number: str
    received_on: date
    file: StoredFile | None


def token(*, provider: Provider, number: str, received_on: date, file: StoredFile | None, by: User) -> str:
    said = {"provider": provider.pk, "number": number, "received_on": received_on.isoformat()}
    return signing.dumps(said | {"file": file and file.pk, "by": by.pk}, salt=SALT)


def of(token: str, by: User) -> Received:
    """What a token stands for, for the person whom it was made for; for everybody else it is not there."""
    try:
        said = signing.loads(token, salt=SALT, max_age=A_DAY)
    except signing.BadSignature:
        raise Http404 from None
    if said["by"] != by.pk:
        raise Http404
    return Received(
        provider=Provider.objects.select_related("party").get(pk=said["provider"]),
        number=said["number"],
        received_on=date.fromisoformat(said["received_on"]),
        file=said["file"] and StoredFile.objects.get(pk=said["file"]),
    )
