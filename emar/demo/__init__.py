"""A council that does not exist, for trying the record out: its homes, people, packs and eight weeks of doses.

Nobody here was ever alive: names are put together from lists, portraits are drawn, and the NHS numbers are
from the range that is never issued. What happened to the doses goes through the real operations, so the
demo keeps every promise that a home's own record keeps.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

#: What upper layers add to a demo home once its history stands, called with the home and the moment. They register it
#: in their AppConfig.ready, so that the arrows keep pointing down.
AFTERWARDS: list[Callable[[Any, datetime], object]] = []
