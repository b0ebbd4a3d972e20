"""All cases, room by room."""

import cases_mapping

ROOMS = [cases_mapping]
CASES = [case for room in ROOMS for case in room.CASES]
assert len({case.name for case in CASES}) == len(CASES), "names are told apart"
