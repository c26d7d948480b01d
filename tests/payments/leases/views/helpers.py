"""What the tests of the pages share."""

from django.urls import reverse


def at(name, row=None, **query):
    args = [] if row is None else [row.ref if hasattr(row, "ref") else row.pk]
    return reverse(f"leases:{name}", args=args)


def field_errors(answer, name):
    return answer.context["form"].errors.get(name, [])


def words_of(answer):
    return " ".join(answer.content.decode().split())
