"""Which address shows which page about time saved, going live, and the daily e-mail."""

from django.urls import path

from web.pages import council_board, daily_letter, going_live, staff_time, timer

urlpatterns = [
    path("staff-time/", staff_time.staff_time_page, name="staff_time"),
    path("staff-time/evidence.pdf", staff_time.evidence_paper, name="evidence"),
    path("staff-time/how-often/", staff_time.say_frequency, name="say_frequency"),
    path("staff-time/costs/add/", staff_time.write_cost, name="write_cost"),
    path("staff-time/costs/<uuid:cost_id>/withdraw/", staff_time.withdraw_cost, name="withdraw_cost"),
    path("staff-time/counted-with/", staff_time.policy, name="savings_policy"),
    path("staff-time/timer/", timer.timer_page, name="timer"),
    path("staff-time/timer/start/", timer.start, name="start_timer"),
    path("staff-time/timer/<uuid:sample_id>/stop/", timer.stop, name="stop_timer"),
    path("staff-time/timer/<uuid:sample_id>/set-aside/", timer.set_aside, name="set_aside_timing"),
    path("policy/daily-email/", daily_letter.readers_page, name="daily_letter"),
    path("policy/daily-email/<uuid:reader_id>/end/", daily_letter.end_reader, name="end_letter_reader"),
    path("go-live/", going_live.going_live_page, name="going_live"),
    path("go-live/stage/", going_live.reach_stage, name="reach_stage"),
    path("go-live/ready/", going_live.answer, name="answer_readiness"),
    path("council/going-live/", council_board.board_page, name="council_board"),
    path("council/going-live/evidence.pdf", council_board.evidence_paper, name="council_evidence"),
]
