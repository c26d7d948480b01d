"""What is promised to a provider by e-mail: the row comes first, and the worker sends it once."""

from django.db import models
from django.db.models import Q

from bookings.models import Provider
from lewisham_ta.models import User, tracked
from payments.invoices.models import InvoiceQuery


@tracked()
class ProviderEmail(models.Model):
    """An e-mail to a provider: a query about an invoice, or the question where an invoice is.

    Taken up by a worker before it leaves; one that was taken up and never stamped as sent may have left.
    """

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+")
    query = models.OneToOneField(InvoiceQuery, models.PROTECT, null=True, related_name="email")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_on = models.DateField()
    claimed_at = models.DateTimeField("taken up for sending", null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "e-mail to a provider"
        verbose_name_plural = "e-mails to providers"
        constraints = [
            models.CheckConstraint(
                name="provider_email_has_words",
                condition=~Q(text="") & ~Q(to=""),
                violation_error_message="Write what is asked, to an address.",
            ),
            models.UniqueConstraint(
                fields=["provider", "asked_on"],
                condition=Q(query=None),
                name="provider_email_chases_once_a_day",
                violation_error_message="This provider was asked for its invoices today already.",
            ),
        ]

    def __str__(self) -> str:
        return f"e-mail {self.pk}"
