#include "interp/wsgi/start_response.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "http/characters.h"
#include "http/head_limit.h"
#include "http/headers.h"
#include "http/status.h"
#include "interp/python/py_error.h"

namespace interp {
namespace {

struct Write {
    PyObject_HEAD vectorcallfunc call;
    Output* output;  // null after the request
};

// Applications say the same few names again and again, as the same objects.
constexpr std::size_t kKeptNames = 8;
constexpr std::size_t kKeptNameMax = 64;

struct StartResponse {
    PyObject_HEAD vectorcallfunc call;
    Output* output;  // null after the request
    PyObject* write;
    PyObject* names[kKeptNames];  // header names that were right, by their place; owned, or null
};

StartResponse* start_response_of(PyObject* self) { return reinterpret_cast<StartResponse*>(self); }

Write* write_of(PyObject* self) { return reinterpret_cast<Write*>(self); }

// Raises ValueError "<what>: b'...'".
bool refuse(const char* what, base::Bytes text) {
    const PyRef bytes =
        PyRef::steal(PyBytes_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
    if (bytes) {
        PyErr_Format(PyExc_ValueError, "%s: %R", what, bytes.get());
    }
    return false;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// The same of eight bytes: of a byte below 0x20 the subtraction sets the highest bit, which the
// byte itself has not; so does that of 1 where the byte was 0x7F.
bool has_control(const char* eight) {
    constexpr std::uint64_t kEach = 0x0101'0101'0101'0101;
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, eight, sizeof bytes);
    const std::uint64_t others = bytes ^ (kEach * 0x7F);
    const std::uint64_t found = ((bytes - kEach * 0x20) & ~bytes) | ((others - kEach) & ~others);
    return (found & (kEach * 0x80)) != 0;
}

bool has_control(base::Bytes text) {
    if (text.size() < 8) {
        return std::any_of(text.begin(), text.end(), is_control);
    }
    const char* const last = text.data() + text.size() - 8;
    for (const char* at = text.data(); at < last; at += 8) {
        if (has_control(at)) {
            return true;
        }
    }
    return has_control(last);
}

bool refuse_text(PyObject* text) {
    if (PyUnicode_Check(text)) {
        PyRef::steal(PyUnicode_AsLatin1String(text));  // raises UnicodeEncodeError
    } else {
        PyErr_Format(PyExc_TypeError, "must be str, not %.200s", Py_TYPE(text)->tp_name);
    }
    return false;
}

// The latin-1 bytes of a str, for as long as it lives: a str of one byte per character is latin-1
// already, and in every other there is a character that latin-1 has not.
bool latin1(PyObject* text, base::Bytes* bytes) {
    if (!PyUnicode_Check(text) || PyUnicode_KIND(text) != PyUnicode_1BYTE_KIND) {
        return refuse_text(text);
    }
    *bytes = {
        reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(text)),
        static_cast<std::size_t>(PyUnicode_GET_LENGTH(text))};
    return true;
}

bool read_status(PyObject* status, http::Response& response) {
    base::Bytes text;
    if (!latin1(status, &text)) {
        return false;
    }
    if (text.size() < 3 || !is_digit(text[0]) || !is_digit(text[1]) || !is_digit(text[2]) ||
        (text.size() > 3 && is_digit(text[3]))) {
        return refuse("status code must be a 3 digit integer", text);
    }
    if (text.size() > 3 && text[3] != ' ') {
        return refuse("no space following status code", text);
    }
    if (text.size() > http::kResponseHeadMax) {
        PyErr_Format(PyExc_ValueError, "status is larger than %zu bytes", http::kResponseHeadMax);
        return false;
    }
    if (has_control(text)) {
        return refuse("control character in status reason phrase", text);
    }
    response.status =
        static_cast<std::uint16_t>((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
    // RFC 9110 section 15: 1xx are not final responses, and there is nothing below.
    if (response.status < 200) {
        return refuse("status code must be from 200 to 999", text);
    }
    if (text.size() > 3) {
        response.reason = text.substr(4);
    } else {
        response.reason = http::reason_phrase(response.status);
    }
    return true;
}

bool refuse_name(base::Bytes name) {
    if (name.empty()) {
        PyErr_SetString(PyExc_ValueError, "header name is empty");
        return false;
    }
    for (const char c : name) {
        if (is_control(c)) {
            return refuse("control character in header name", name);
        }
        if (c == ' ') {
            return refuse("space character in header name", name);
        }
    }
    return refuse("invalid character in header name", name);
}

// `kept` is the name that was right here the last time, and becomes this one.
bool check_name(PyObject* name, base::Bytes text, PyObject*& kept) {
    if (name == kept) {
        return true;
    }
    if (!http::is_token(text)) {
        return refuse_name(text);
    }
    if (PyUnicode_CheckExact(name) && text.size() <= kKeptNameMax) {
        Py_XSETREF(kept, Py_NewRef(name));
    }
    return true;
}

bool check_value(base::Bytes value) {
    if (!has_control(value)) {
        return true;
    }
    for (const char c : value) {
        switch (c) {
            case '\r':
                return refuse("carriage return character in header value", value);
            case '\n':
                return refuse("line feed character in header value", value);
            case '\0':
                return refuse("null character in header value", value);
            default:
                break;
        }
    }
    return true;
}

// RFC 9110 section 8.6: digits only. An invalid one is remembered: it is the response's error, not
// the call's.
void read_length(base::Bytes value, http::Response& response, std::string& invalid_length) {
    std::uint64_t length = 0;
    const char* end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, length);
    if (error == std::errc() && rest == end && is_digit(value[0])) {
        response.content_length = length;
        invalid_length.clear();
    } else {
        invalid_length = value.empty() ? " " : std::string(value);
    }
}

bool read_header(
    PyObject* item, http::Response& response, std::string& invalid_length, PyObject*& kept_name
) {
    if (!PyTuple_Check(item)) {
        PyErr_Format(
            PyExc_TypeError, "each header must be a 2-tuple, not %.200s", Py_TYPE(item)->tp_name
        );
        return false;
    }
    if (PyTuple_GET_SIZE(item) != 2) {
        PyErr_Format(
            PyExc_ValueError,
            "each header must be a 2-tuple, got length %zd",
            PyTuple_GET_SIZE(item)
        );
        return false;
    }
    PyObject* const name_object = PyTuple_GET_ITEM(item, 0);
    base::Bytes name;
    base::Bytes value;
    if (!latin1(name_object, &name) || !check_name(name_object, name, kept_name) ||
        !latin1(PyTuple_GET_ITEM(item, 1), &value) || !check_value(value)) {
        return false;
    }
    const std::size_t size = response.reason.size() + response.headers.byte_count() +
                             response.headers.size() * http::kFieldCost;
    if (name.size() + value.size() + http::kFieldCost > http::kResponseHeadMax - size) {
        PyErr_Format(
            PyExc_ValueError,
            "response headers are larger than %zu bytes, status line included",
            http::kResponseHeadMax
        );
        return false;
    }
    if (http::is_named(name, "content-length")) {
        read_length(value, response, invalid_length);
    } else {
        response.headers.add(name, value);
    }
    return true;
}

bool start(StartResponse& self, PyObject* status, PyObject* headers) {
    Output& output = *self.output;
    http::Response& draft = output.draft();
    draft.clear();
    std::string invalid_length;
    if (!read_status(status, draft)) {
        return false;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(headers); ++i) {
        PyObject*& kept_name = self.names[static_cast<std::size_t>(i) % kKeptNames];
        if (!read_header(PyList_GET_ITEM(headers, i), draft, invalid_length, kept_name)) {
            return false;
        }
    }
    output.accept(std::move(invalid_length));
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
    const base::Bytes bytes(
        PyBytes_AS_STRING(data), static_cast<std::size_t>(PyBytes_GET_SIZE(data))
    );
    const bool had_enough = output->has_enough();
    const Sent sent = or_memory_error(Sent::kRaised, [&] {
        return bytes.empty() && !output->is_head_sent() ? output->send_head() : output->send(bytes);
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
    for (PyObject*& name : start_response_of(self)->names) {
        Py_CLEAR(name);
    }
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
