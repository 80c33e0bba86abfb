"""Which part of the day does a dose belong to?"""

from datetime import time

#: Part of the day to its name on screen, in the order of the day.
TIME_WORDS = {
    "early": "Early, 05:00 to 07:59",
    "morning": "Morning, 08:00 to 10:59",
    "midday": "Midday, 11:00 to 14:59",
    "afternoon": "Afternoon, 15:00 to 18:59",
    "evening": "Evening, 19:00 to 22:59",
    "night": "Night, 23:00 to 04:59",
}
_BEGINS = ((5, "early"), (8, "morning"), (11, "midday"), (15, "afternoon"), (19, "evening"), (23, "night"))


def time_of_day(clock: time) -> str:
    """Return the part of the day of a wall-clock time in the home; before five it is still night."""
    return next((word for hour, word in reversed(_BEGINS) if clock.hour >= hour), "night")
