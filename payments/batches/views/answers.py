"""What Central Payments answers: outcomes recorded by hand."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from lewisham_ta.refusals import Refused
from payments.batches import forms, services
from payments.batches.models import BatchItem


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("payments.load_answer", raise_exception=True)
def record_outcome(request: HttpRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(BatchItem.objects.select_related("batch", "payment__payee__party", "bank_details"), pk=pk)
    form = forms.RecordOutcome(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            services.record_outcome(
                item_id=pk,
                outcome=said["outcome"],
                on=said["on"],
                reason=said["reason"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{item.payment.payee.party.name} is recorded as {said['outcome']}.")
            return redirect("batches:detail", item.batch.number)
    return render(request, "payments/batches/record_outcome.html", {"item": item, "form": form})
