"""Time saved, costs and stages in words, for templates."""

from django import template

from web import saving_words

register = template.Library()
register.filter("hours", saving_words.hours_words)
register.filter("hours_verdict", saving_words.verdict_words)
register.filter("pounds", saving_words.pounds)
register.filter("pounds_range", saving_words.pounds_range)
register.filter("earned_back", saving_words.months_words)
register.filter("process", saving_words.process_words)
register.filter("grade", saving_words.grade_words)
register.filter("cost_kind", saving_words.cost_words)
register.filter("stage", saving_words.stage_words)
register.filter("stage_name", saving_words.stage_name)
register.filter("not_adopting", saving_words.reason_words)
register.filter("ready_item", saving_words.item_words)
register.filter("wifi", saving_words.wifi_words)
