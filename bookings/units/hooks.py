"""What this room adds to the product's frame: navigation and search."""

from collections.abc import Iterator

from django.urls import reverse

from bookings.units import selectors
from bookings.units.models import Unit
from lewisham_ta import navigation, search
from lewisham_ta.models import User


def register() -> None:
    """Called once, when the app starts."""
    navigation.register("Units", "units:list", order=24, section="Nightly paid", permission="bookings.see_bookings")
    search.register(found, order=31)


def found(text: str, user: User) -> Iterator[search.Hit]:
    """Units by reference, address, postcode or provider, and providers by name, reference or supplier number."""
    if not user.has_perm("bookings.see_bookings"):
        return
    units = Unit.objects.filter(selectors.like(text)).order_by("ref", "pk")
    for unit in units[: search.MOST_OF_A_KIND]:
        yield search.Hit(unit.ref, reverse("units:detail", args=[unit.ref]), "Unit", f"{unit.address}, {unit.postcode}")
    for provider in selectors.providers_found(words=text)[: search.MOST_OF_A_KIND]:
        url = reverse("units:provider_detail", args=[provider.party.ref])
        yield search.Hit(provider.party.ref, url, "Provider", provider.party.name)
