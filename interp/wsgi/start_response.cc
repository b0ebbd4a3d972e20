#include "interp/wsgi/start_response.h"

#include <cstddef>
#include <string>
#include <utility>

#include "interp/python/py_error.h"
#include "interp/wsgi/response_head.h"

namespace interp {
namespace {

struct Write {
    PyObject_HEAD vectorcallfunc call;
    Output* output;  // null after the request
};

struct StartResponse {
    PyObject_HEAD vectorcallfunc call;
    Output* output;  // null after the request
    PyObject* write;
    RightTexts right;
};

StartResponse* start_response_of(PyObject* self) { return reinterpret_cast<StartResponse*>(self); }

Write* write_of(PyObject* self) { return reinterpret_cast<Write*>(self); }

bool start(StartResponse& self, PyObject* status, PyObject* headers) {
    std::string invalid_length;
    if (!read_head(status, headers, self.right, self.output->draft(), invalid_length)) {
        return false;
    }
    self.output->accept(std::move(invalid_length));
    return true;
}

// Raises the application's own exception again: it is too late to say something else to the client.
void raise_again(PyObject* exc_info) {
    if (!PyExceptionClass_Check(PyTuple_GET_ITEM(exc_info, 0))) {
        PyErr_SetString(
            PyExc_RuntimeError, "start_response() argument 'exc_info' holds no exception"
        );
        return;
    }
    PyErr_Restore(
        Py_NewRef(PyTuple_GET_ITEM(exc_info, 0)),
        Py_NewRef(PyTuple_GET_ITEM(exc_info, 1)),
        Py_NewRef(PyTuple_GET_ITEM(exc_info, 2))
    );
}

bool may_start(const Output* output, PyObject* headers, PyObject* exc_info) {
    if (output == nullptr) {
        PyErr_SetString(PyExc_RuntimeError, "start_response() called after request completed");
        return false;
    }
    if (!PyList_Check(headers)) {
        PyErr_Format(
            PyExc_TypeError,
            "start_response() argument 2 must be list, not %.200s",
            Py_TYPE(headers)->tp_name
        );
        return false;
    }
    if (exc_info != Py_None && (!PyTuple_Check(exc_info) || PyTuple_GET_SIZE(exc_info) != 3)) {
        PyErr_SetString(
            PyExc_RuntimeError, "start_response() argument 'exc_info' must be a 3-tuple or None"
        );
        return false;
    }
    if (!output->is_head_sent()) {
        return true;
    }
    if (exc_info != Py_None) {
        raise_again(exc_info);
    } else {
        PyErr_SetString(
            PyExc_RuntimeError, "start_response() called more than once without exc_info"
        );
    }
    return false;
}

PyObject* call_start_response(
    PyObject* self, PyObject* const* arguments, std::size_t flags, PyObject* keywords
) {
    const Py_ssize_t count = PyVectorcall_NARGS(flags);
    if (keywords != nullptr && PyTuple_GET_SIZE(keywords) > 0) {
        return PyErr_Format(PyExc_TypeError, "start_response() takes no keyword arguments");
    }
    if (count < 2 || count > 3) {
        return PyErr_Format(
            PyExc_TypeError,
            "start_response() takes 2 or 3 positional arguments but %zd were given",
            count
        );
    }
    StartResponse* const me = start_response_of(self);
    PyObject* const exc_info = count == 3 ? arguments[2] : Py_None;
    const bool is_started = or_memory_error(false, [&] {
        return may_start(me->output, arguments[1], exc_info) &&
               start(*me, arguments[0], arguments[1]);
    });
    return is_started ? Py_NewRef(me->write) : nullptr;
}

PyObject* call_write(
    PyObject* self, PyObject* const* arguments, std::size_t flags, PyObject* keywords
) {
    const Py_ssize_t count = PyVectorcall_NARGS(flags);
    if (count != 1 || (keywords != nullptr && PyTuple_GET_SIZE(keywords) > 0)) {
        return PyErr_Format(PyExc_TypeError, "write() takes exactly one positional argument");
    }
    Output* const output = write_of(self)->output;
    PyObject* const data = arguments[0];
    if (output == nullptr) {
        return PyErr_Format(PyExc_RuntimeError, "write() called after request completed");
    }
    if (!PyBytes_Check(data)) {
        return PyErr_Format(
            PyExc_TypeError, "write() argument must be bytes, not %.200s", Py_TYPE(data)->tp_name
        );
    }
    const bool had_enough = output->has_enough();
    const Sent sent = or_memory_error(Sent::kRaised, [&] {
        const bool is_empty = PyBytes_GET_SIZE(data) == 0;
        return is_empty && !output->is_head_sent() ? output->send_head() : output->send(data);
    });
    switch (sent) {
        case Sent::kRaised:
            return nullptr;
        case Sent::kEnough:
            // PEP 3333 wants that. A newline too many, as some write it at their end, is forgiven.
            if (had_enough) {
                return PyErr_Format(
                    PyExc_RuntimeError, "write() called past the Content-Length of the response"
                );
            }
            break;
        case Sent::kTooMany:  // of files, which write() does not send
        case Sent::kClientGone:
            return PyErr_Format(PyExc_OSError, "mod_wsgi client connection closed");
        case Sent::kYes:
            break;
    }
    Py_RETURN_NONE;
}

void deallocate_write(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

void deallocate_start_response(PyObject* self) {
    Py_CLEAR(start_response_of(self)->write);
    start_response_of(self)->right.clear();
    deallocate_write(self);
}

PyMemberDef kWriteMembers[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Write, call), READONLY, nullptr},
    {},
};

PyMemberDef kStartResponseMembers[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(StartResponse, call), READONLY, nullptr},
    {},
};

PyType_Slot kWriteSlots[] = {
    {Py_tp_dealloc, py::slot(deallocate_write)},
    {Py_tp_call, py::slot(PyVectorcall_Call)},
    {Py_tp_members, kWriteMembers},
    {},
};

PyType_Slot kStartResponseSlots[] = {
    {Py_tp_dealloc, py::slot(deallocate_start_response)},
    {Py_tp_call, py::slot(PyVectorcall_Call)},
    {Py_tp_members, kStartResponseMembers},
    {},
};

constexpr unsigned kFlags =
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_HAVE_VECTORCALL;

PyType_Spec kWriteSpec = {"mod_wsgi.Write", sizeof(Write), 0, kFlags, kWriteSlots};
PyType_Spec kStartResponseSpec = {
    "mod_wsgi.StartResponse",
    sizeof(StartResponse),
    0,
    kFlags,
    kStartResponseSlots,
};

}  // namespace

PyRef make_start_response_type() { return PyRef::steal(PyType_FromSpec(&kStartResponseSpec)); }

PyRef make_write_type() { return PyRef::steal(PyType_FromSpec(&kWriteSpec)); }

PyRef make_write(PyTypeObject* type) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self != nullptr) {
        write_of(self)->call = call_write;
    }
    return PyRef::steal(self);
}

PyRef make_start_response(PyTypeObject* type, PyObject* write) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self != nullptr) {
        start_response_of(self)->call = call_start_response;
        start_response_of(self)->write = Py_NewRef(write);
    }
    return PyRef::steal(self);
}

void attach_start_response(PyObject* self, Output* output) {
    start_response_of(self)->output = output;
    write_of(start_response_of(self)->write)->output = output;
}

bool is_start_response_unshared(PyObject* self) {
    return Py_REFCNT(self) == 1 && Py_REFCNT(start_response_of(self)->write) == 1;
}

}  // namespace interp
