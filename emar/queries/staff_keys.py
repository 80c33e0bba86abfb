"""What the PINs of the people of a home stand for, to check that a witness signed in for themselves."""

from collections.abc import Collection

from emar.models import HomeRole


def pin_keys(home_id: int, staff_ids: Collection[int]) -> dict[int, str]:
    """Return the key of each of these people who ever worked in the home; empty where no PIN is set.

    One statement, and none for nobody.
    """
    if not staff_ids:
        return {}
    roles = HomeRole.objects.filter(home_id=home_id, staff_member_id__in=list(staff_ids))
    return dict(roles.values_list("staff_member_id", "staff_member__pin_key"))
