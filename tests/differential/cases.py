"""All cases, room by room."""

import dataclasses

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

# What an application is told must not depend on where it runs: these run in a daemon process, too.
IN_DAEMON = (
    "mapping_25_to_34_mounts", "mapping_35_to_37_match", "mapping_44_handler_script", "static_error_documents",
    "environment_setenv", "environment_setenvif", "environment_headers_72", "sections_merge_order", "rewrite_40_pass_through",
)
CASES += [
    dataclasses.replace(
        case, name=f"{case.name}_in_daemon",
        config="WSGIDaemonProcess apart threads=4\nWSGIProcessGroup apart\n" + case.config,
    )
    for case in CASES if case.name in IN_DAEMON
]
