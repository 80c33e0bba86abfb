"""Which address shows which page about figures and trends of a home."""

from django.urls import path

from web.pages import figures, trends

urlpatterns = [
    path("figures/", figures.figures_page, name="figures"),
    path("figures/file.csv", figures.figures_file, name="figures_file"),
    path("trends/", trends.trends_page, name="trends"),
    path("trends/new-limits/", trends.new_limits, name="new_limits"),
    path("trends/new-limits/<int:rebasing_id>/withdraw/", trends.withdraw_limits, name="withdraw_limits"),
    path("trends/<slug:measure>/", trends.trend_page, name="trend"),
    path("trends/<slug:measure>/file.csv", trends.trend_file, name="trend_file"),
]
