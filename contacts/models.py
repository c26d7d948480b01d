"""Everyone the team pays or hears from."""

from django.db import models
from django.db.models import Q

from lewisham_ta.models import tracked


@tracked()
class Party(models.Model):
    """A person or body outside the council: landlord, agent, housing association, nightly-paid provider."""

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual", "Individual"
        COMPANY = "company", "Company"
        AGENT = "agent", "Agent"
        HOUSING_ASSOCIATION = "housing_association", "Housing association"
        PROVIDER = "provider", "Nightly-paid provider"

    ref = models.CharField("reference", max_length=20, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind)
    email = models.EmailField("e-mail", blank=True)
    telephone = models.CharField(max_length=30, blank=True)
    address = models.CharField(max_length=200, blank=True)
    vat_number = models.CharField("VAT number", max_length=20, blank=True)

    class Meta:
        verbose_name_plural = "parties"
        constraints = [
            models.CheckConstraint(
                name="party_kind_is_known",
                condition=Q(kind__in=["individual", "company", "agent", "housing_association", "provider"]),
            ),
            models.CheckConstraint(name="party_has_ref_and_name", condition=~Q(ref="") & ~Q(name="")),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.name}"
