#include "interp/application/returned_child.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "interp/wsgi/errors.h"

namespace interp {
namespace {

PyObject* fork_begins(PyObject* description, PyObject*) {
    const bool is_told = or_memory_error(false, [description] {
        ThreadLog::mine().say(
            base::LogLevel::kError,
            fmt::format(
                "A process is forked in the {}: CPython cannot go on in such a child, which ends "
                "at once. Applications that fork, as multiprocessing does, run in the main "
                "interpreter: WSGIApplicationGroup %{{GLOBAL}}.",
                text_of(description)
            )
        );
        return true;
    });
    base::end_next_child_of_this_thread(true);
    return is_told ? Py_NewRef(Py_None) : nullptr;
}

PyObject* fork_ended(PyObject*, PyObject*) {
    base::end_next_child_of_this_thread(false);
    Py_RETURN_NONE;
}

PyMethodDef kForkBegins = {"fork_begins", fork_begins, METH_NOARGS, nullptr};
PyMethodDef kForkEnded = {"fork_ended", fork_ended, METH_NOARGS, nullptr};

}  // namespace

void leave_returned_child(int exit_code) {
    ThreadLog::mine().say(
        base::LogLevel::kError,
        fmt::format(
            "Process {}, which the application has forked, came back into the server and ends here "
            "(exit code {}). The request is its parent's to answer; a child ends with os._exit() "
            "or os.exec*().",
            ::getpid(),
            exit_code
        )
    );
    // Not exit(): what would run then belongs to the parent, and so does what waits in its buffers.
    ::_exit(exit_code);
}

void leave_if_forked(const PyError& error) {
    if (!base::is_forked_child()) {
        return;
    }
    const auto code = error.exit_code();
    if (!code) {
        ThreadLog::mine().say(base::LogLevel::kError, error.traceback());
    }
    leave_returned_child(code.value_or(EXIT_FAILURE));
}

PyRef make_fork_begins(const std::string& description) {
    const PyRef text = PyRef::steal(PyUnicode_DecodeUTF8(
        description.data(), static_cast<Py_ssize_t>(description.size()), "replace"
    ));
    return text ? PyRef::steal(PyCFunction_New(&kForkBegins, text.get())) : PyRef();
}

PyRef make_fork_ended() { return PyRef::steal(PyCFunction_New(&kForkEnded, nullptr)); }

}  // namespace interp
