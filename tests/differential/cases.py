"""All cases, room by room."""

import cases_access
import cases_environment
import cases_expressions
import cases_files
import cases_groups
import cases_hosts
import cases_mapping
import cases_paths
import cases_rewrite
import cases_sections
import cases_static

ROOMS = [
    cases_mapping, cases_static, cases_environment, cases_groups, cases_sections, cases_access, cases_expressions,
    cases_rewrite, cases_files, cases_hosts, cases_paths,
]
CASES = [case for room in ROOMS for case in room.CASES]
assert len({case.name for case in CASES}) == len(CASES), "names are told apart"
