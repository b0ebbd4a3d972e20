#include "interp/wsgi/input.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>

#include "core/base/system/forked_child.h"
#include "interp/python/py_error.h"

namespace interp {
namespace {

// A body that says it is longer than this is believed step by step.
constexpr std::size_t kTrusted = std::size_t{16} << 20;
constexpr std::size_t kStep = 64 * 1024;
constexpr std::size_t kLineStep = 8 * 1024;
constexpr std::size_t kNoLimit = PY_SSIZE_T_MAX;

struct Input {
    TaskGate* gate = nullptr;  // null after the request
    base::Buffer ahead;        // read in search of a newline, not yet given to the application
    std::size_t unread = 0;  // bytes of a body of known length that `ahead` and the gate still have
    bool is_length_known = true;
    bool has_failed = false;
    GilMutex in_use;  // readers in several threads take turns
};

struct Object {
    PyObject_HEAD Input input;
};

Input& input_of(PyObject* self) { return reinterpret_cast<Object*>(self)->input; }

// What the parent has read of its request is not the child's to go on with, and another thread of
// the parent may have been in the middle of it.
bool is_of_this_process() {
    if (base::is_forked_child()) {
        PyErr_SetString(
            PyExc_RuntimeError, "wsgi.input belongs to the process that has forked this one"
        );
        return false;
    }
    return true;
}

bool is_usable(const Input& input, const char* method) {
    if (input.gate == nullptr) {
        PyErr_Format(
            PyExc_RuntimeError, "%s() called on wsgi.input after request completed", method
        );
        return false;
    }
    return is_of_this_process();
}

bool is_iterable(const Input& input) {
    if (input.gate == nullptr) {
        PyErr_SetString(
            PyExc_RuntimeError, "iteration of wsgi.input attempted after request completed"
        );
        return false;
    }
    return is_of_this_process();
}

// Memory may be short in a wait for the body.
base::Result<std::size_t> read_or_fail(TaskGate& gate, char* out, std::size_t max) {
    try {
        return gate.read(out, max);
    } catch (const std::bad_alloc&) {
        return base::fail(base::Fault::kSystem, "out of memory");
    }
}

// None of what is left may be trusted after an error.
std::optional<std::size_t> receive(Input& input, char* out, std::size_t max) {
    if (input.has_failed) {
        PyErr_SetString(
            PyExc_OSError, "mod_wsgi request data read error: input is already in error state"
        );
        return std::nullopt;
    }
    const auto count = read_or_fail(*input.gate, out, max);
    if (!count) {
        input.has_failed = true;
        PyErr_Format(
            PyExc_OSError, "mod_wsgi request data read error: %s", count.error().what.c_str()
        );
        return std::nullopt;
    }
    return *count;
}

std::size_t take_ahead(Input& input, char* out, std::size_t max) {
    const std::size_t count = std::min(max, input.ahead.size());
    std::memcpy(out, input.ahead.bytes().data(), count);
    input.ahead.consume(count);
    return count;
}

// How many bytes to make room for when `have` have been read and `wanted` are to be.
std::size_t next_room(const Input& input, std::size_t have, std::size_t wanted) {
    const std::size_t left = input.is_length_known ? have + input.unread : kNoLimit;
    const std::size_t believable =
        input.is_length_known ? std::max(kTrusted, have * 2) : std::max(kStep, have * 2);
    return std::min({wanted, left, believable});
}

// Exactly `wanted` bytes, or all that are left: straight into one bytes object.
PyObject* read_bytes(Input& input, std::size_t wanted) {
    std::size_t room = next_room(input, 0, wanted);
    PyObject* result = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(room));
    std::size_t have = 0;
    while (result != nullptr) {
        if (have == room) {
            room = next_room(input, have, wanted);
            if (have == room) {
                return result;
            }
            _PyBytes_Resize(&result, static_cast<Py_ssize_t>(room));
            continue;
        }
        char* out = PyBytes_AS_STRING(result) + have;
        std::size_t count = take_ahead(input, out, room - have);
        if (count == 0) {
            const auto received = receive(input, out, room - have);
            if (!received) {
                Py_DECREF(result);
                return nullptr;
            }
            count = *received;
        }
        if (count == 0) {
            _PyBytes_Resize(&result, static_cast<Py_ssize_t>(have));
            return result;
        }
        have += count;
        input.unread -= std::min(input.unread, count);
    }
    return nullptr;
}

// Up to and including a newline, at most `limit` bytes; empty at the end of the body.
PyObject* read_line(Input& input, std::size_t limit) {
    std::size_t searched = 0;
    for (;;) {
        const base::Bytes here = input.ahead.bytes().substr(0, limit);
        const std::size_t newline = here.find('\n', searched);
        std::size_t size = newline == base::Bytes::npos ? here.size() : newline + 1;
        bool is_line = newline != base::Bytes::npos || size == limit;
        searched = size;
        if (!is_line) {
            std::string& tail = input.ahead.tail();
            const std::size_t before = tail.size();
            tail.resize(before + kLineStep);
            const auto received = receive(input, tail.data() + before, kLineStep);
            tail.resize(before + received.value_or(0));
            if (!received) {
                return nullptr;
            }
            is_line = *received == 0;
        }
        if (is_line) {
            PyObject* line = PyBytes_FromStringAndSize(
                input.ahead.bytes().data(), static_cast<Py_ssize_t>(size)
            );
            if (line != nullptr) {
                input.ahead.consume(size);
                input.unread -= std::min(input.unread, size);
            }
            return line;
        }
    }
}

// The optional size argument of all three; negative and None mean no limit.
bool parse_size(
    PyObject* const* arguments, Py_ssize_t count, const char* method, std::size_t* size
) {
    *size = kNoLimit;
    if (count > 1) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most 1 argument (%zd given)", method, count);
        return false;
    }
    if (count == 1 && arguments[0] != Py_None) {
        const Py_ssize_t value = PyNumber_AsSsize_t(arguments[0], nullptr);
        if (value == -1 && PyErr_Occurred() != nullptr) {
            return false;
        }
        if (value >= 0) {
            *size = static_cast<std::size_t>(value);
        }
    }
    return true;
}

// In what follows, all that runs Python (an argument's __index__(), a new container, which may
// collect garbage) comes before the turn: within it, it could want the turn itself, and behind
// is_usable() the request could end meanwhile.

PyObject* read(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    std::size_t size = 0;
    if (!parse_size(arguments, count, "read", &size)) {
        return nullptr;
    }
    Input& input = input_of(self);
    GilMutex::Holder use(input.in_use);
    if (!is_usable(input, "read")) {
        return nullptr;
    }
    if (size == 0) {
        char nothing = 0;
        return receive(input, &nothing, 0) ? PyBytes_FromStringAndSize(nullptr, 0) : nullptr;
    }
    return read_bytes(input, size);
}

PyObject* readline(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    std::size_t size = 0;
    if (!parse_size(arguments, count, "readline", &size)) {
        return nullptr;
    }
    Input& input = input_of(self);
    GilMutex::Holder use(input.in_use);
    if (!is_usable(input, "readline")) {
        return nullptr;
    }
    return size == 0 ? PyBytes_FromStringAndSize(nullptr, 0) : read_line(input, size);
}

PyObject* readlines(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    std::size_t hint = 0;
    PyRef lines;
    if (parse_size(arguments, count, "readlines", &hint)) {
        lines = PyRef::steal(PyList_New(0));
    }
    if (!lines) {
        return nullptr;
    }
    Input& input = input_of(self);
    GilMutex::Holder use(input.in_use);
    if (!is_usable(input, "readlines")) {
        return nullptr;
    }
    std::size_t total = 0;
    for (;;) {
        const PyRef line = PyRef::steal(read_line(input, kNoLimit));
        if (!line) {
            return nullptr;
        }
        total += static_cast<std::size_t>(PyBytes_GET_SIZE(line.get()));
        if (PyBytes_GET_SIZE(line.get()) == 0) {
            break;
        }
        if (PyList_Append(lines.get(), line.get()) != 0) {
            return nullptr;
        }
        if (hint != 0 && total >= hint) {
            break;
        }
    }
    return lines.release();
}

PyObject* close(PyObject* self, PyObject*) {
    if (!is_usable(input_of(self), "close")) {
        return nullptr;
    }
    Py_RETURN_NONE;  // the server reads what is left
}

PyObject* iterate(PyObject* self) {
    return is_iterable(input_of(self)) ? Py_NewRef(self) : nullptr;
}

PyObject* next(PyObject* self) {
    Input& input = input_of(self);
    GilMutex::Holder use(input.in_use);
    if (!is_iterable(input)) {
        return nullptr;
    }
    PyRef line = PyRef::steal(read_line(input, kNoLimit));
    if (line && PyBytes_GET_SIZE(line.get()) == 0) {
        return nullptr;  // StopIteration
    }
    return line.release();
}

template <_PyCFunctionFast kFunction>
PyObject* guarded(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    return or_memory_error<PyObject*>(nullptr, [&] { return kFunction(self, arguments, count); });
}

PyObject* guarded_next(PyObject* self) {
    return or_memory_error<PyObject*>(nullptr, [self] { return next(self); });
}

void deallocate(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    input_of(self).~Input();
    type->tp_free(self);
    Py_DECREF(type);
}

PyMethodDef kMethods[] = {
    {"read", py::method(guarded<read>), METH_FASTCALL, nullptr},
    {"readline", py::method(guarded<readline>), METH_FASTCALL, nullptr},
    {"readlines", py::method(guarded<readlines>), METH_FASTCALL, nullptr},
    {"close", close, METH_NOARGS, nullptr},
    {},
};

PyType_Slot kSlots[] = {
    {Py_tp_dealloc, py::slot(deallocate)},
    {Py_tp_methods, kMethods},
    {Py_tp_iter, py::slot(iterate)},
    {Py_tp_iternext, py::slot(guarded_next)},
    {},
};

PyType_Spec kSpec = {
    "mod_wsgi.Input",
    sizeof(Object),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    kSlots,
};

}  // namespace

PyRef make_input_type() { return PyRef::steal(PyType_FromSpec(&kSpec)); }

PyRef make_input(PyTypeObject* type) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self != nullptr) {
        new (&input_of(self)) Input();
    }
    return PyRef::steal(self);
}

void attach_input(PyObject* self, TaskGate& gate) {
    Input& input = input_of(self);
    const http::Request& request = gate.task().request;
    input.gate = &gate;
    input.is_length_known = !request.chunked;
    input.unread = static_cast<std::size_t>(request.content_length.value_or(0));
    input.has_failed = false;
}

void detach_input(PyObject* self) {
    Input& input = input_of(self);
    input.in_use.wait_until_unused();
    input.gate = nullptr;
    input.ahead.clear();
    input.ahead.shrink(kLineStep);
}

}  // namespace interp
