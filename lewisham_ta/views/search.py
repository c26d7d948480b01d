"""The answer of the search box."""

from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import redirect, render

from lewisham_ta.http import Request
from lewisham_ta.search import MOST_OF_A_KIND, find


def search(request: Request) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    hits = find(text, request.user)
    if len(hits) == 1:
        return redirect(hits[0].url)
    kinds = [(kind, list(found)) for kind, found in groupby(hits, key=lambda hit: hit.kind)]
    return render(request, "search.html", {"text": text, "kinds": kinds, "count": len(hits), "most": MOST_OF_A_KIND})
