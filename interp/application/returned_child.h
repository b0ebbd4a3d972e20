// A child that an application has forked, where it comes back into the server: by returning from
// the application's call, with an exception, or at the end of a script. What it holds of the server
// is a copy of its parent's: the request is the parent's to answer. All functions want the GIL.
#pragma once

#include "core/base/system/forked_child.h"
#include "interp/python/py_error.h"

namespace interp {

// Says so in the log and ends the process.
[[noreturn]] void leave_returned_child(int exit_code);

// Called wherever control comes back from an application.
inline void leave_if_forked(int exit_code) {
    if (base::is_forked_child()) {
        leave_returned_child(exit_code);
    }
}
// The same with what it raised: sys.exit() means what it says.
void leave_if_forked(const PyError& error);

// A function without arguments for os.register_at_fork(before=), and the one that belongs behind it
// (after_in_parent=), of a sub-interpreter: CPython ends each child that is forked there, with a
// message that explains nothing. `description` is the interpreter's name in the log.
PyRef make_fork_begins(const std::string& description);
PyRef make_fork_ended();

}  // namespace interp
