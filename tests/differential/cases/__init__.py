"""All cases, room by room."""

import dataclasses

from cases import access, environment, expressions, files, groups, hosts, mapping, paths, rewrite, sections, static

ROOMS = [mapping, static, environment, groups, sections, access, expressions, rewrite, files, hosts, paths]
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
