"""A council that does not exist, for trying the record out: its homes, people, packs and eight weeks of doses.

Nobody here was ever alive: names are put together from lists, portraits are drawn, and the NHS numbers are
from the range that is never issued. What happened to the doses goes through the real operations, so the
demo keeps every promise that a home's own record keeps.
"""
