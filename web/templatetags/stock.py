"""Words about packs as templates ask for them."""

from django import template

from web.stock_words import kept_in

register = template.Library()
register.filter("kept_in", kept_in)
