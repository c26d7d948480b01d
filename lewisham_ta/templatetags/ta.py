"""How money, dates and states look on a page."""

from django import template

register = template.Library()
