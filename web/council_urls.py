"""Which address shows which page of a council's quality team."""

from django.urls import path

from web.pages import council, council_figures

HOME = "council/homes/<int:council_home_id>"
FIGURE = "council/figures/<slug:measure>"
urlpatterns = [
    path("council/", council.council_page, name="council"),
    path("council/file.csv", council.council_file, name="council_file"),
    path("council/quarter.pdf", council.council_quarter, name="council_quarter"),
    path(f"{FIGURE}/", council_figures.council_figure, name="council_figure"),
    path(f"{FIGURE}/file.csv", council_figures.council_figure_file, name="council_figure_file"),
    path(f"{FIGURE}/parts.csv", council_figures.council_parts_file, name="council_parts_file"),
    path(f"{FIGURE}/between/", council_figures.council_funnel, name="council_funnel"),
    path(f"{FIGURE}/between/file.csv", council_figures.council_funnel_file, name="council_funnel_file"),
    path(f"{HOME}/", council.council_home, name="council_home"),
    path(f"{HOME}/<slug:measure>/", council_figures.council_home_figure, name="council_home_figure"),
    path(f"{HOME}/<slug:measure>/file.csv", council_figures.council_home_figure_file, name="council_home_figure_file"),
]
