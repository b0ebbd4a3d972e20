#include "interp/wsgi/response_head.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

#include "core/base/bytes.h"
#include "http/characters.h"
#include "http/head_limit.h"
#include "http/headers.h"
#include "http/status.h"
#include "interp/python/py_ref.h"

namespace interp {
namespace {

// What is longer is looked at each time.
constexpr std::size_t kKeptMax = 128;

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

// Of a str of one byte per character, for as long as it lives.
base::Bytes characters_of(PyObject* text) {
    return {
        reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(text)),
        static_cast<std::size_t>(PyUnicode_GET_LENGTH(text))};
}

// The latin-1 bytes of a str, for as long as it lives: a str of one byte per character is latin-1
// already, and in every other there is a character that latin-1 has not.
bool latin1(PyObject* text, base::Bytes* bytes) {
    if (!PyUnicode_Check(text) || PyUnicode_KIND(text) != PyUnicode_1BYTE_KIND) {
        return refuse_text(text);
    }
    *bytes = characters_of(text);
    return true;
}

// `text` was right.
void keep(PyObject*& kept, PyObject* text) {
    if (PyUnicode_CheckExact(text) &&
        PyUnicode_GET_LENGTH(text) <= static_cast<Py_ssize_t>(kKeptMax)) {
        Py_XSETREF(kept, Py_NewRef(text));
    }
}

std::uint16_t code_of(base::Bytes status) {
    return static_cast<std::uint16_t>(
        (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0')
    );
}

bool check_status(PyObject* status) {
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
    // RFC 9110 section 15: 1xx are not final responses, and there is nothing below.
    return code_of(text) >= 200 || refuse("status code must be from 200 to 999", text);
}

bool read_status(PyObject* status, PyObject*& right, http::Response& response) {
    if (status != right) {
        if (!check_status(status)) {
            return false;
        }
        keep(right, status);
    }
    const base::Bytes text = characters_of(status);
    response.status = code_of(text);
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

// RFC 9110 section 8.6: digits only.
std::optional<std::uint64_t> length_of(base::Bytes value) {
    std::uint64_t length = 0;
    const char* const end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, length);
    const bool is_length = error == std::errc() && rest == end && is_digit(value[0]);
    return is_length ? std::optional(length) : std::nullopt;
}

// An invalid length is remembered: it is the response's error, not the call's.
void tell_kind(base::Bytes name, base::Bytes value, RightTexts::Field& field) {
    if (!http::is_named(name, "content-length")) {
        field.kind = RightTexts::Kind::kOther;
    } else if (const auto length = length_of(value)) {
        field.kind = RightTexts::Kind::kLength;
        field.length = *length;
    } else {
        field.kind = RightTexts::Kind::kInvalidLength;
    }
}

// `right` becomes what is known of these, and keeps what may be kept of them.
bool check_field(PyObject* name, PyObject* value, RightTexts::Field& right) {
    base::Bytes name_text;
    base::Bytes value_text;
    Py_CLEAR(right.value);
    if (!latin1(name, &name_text)) {
        return false;
    }
    if (name != right.name) {
        if (!http::is_token(name_text)) {
            return refuse_name(name_text);
        }
        keep(right.name, name);
    }
    if (!latin1(value, &value_text) || !check_value(value_text)) {
        return false;
    }
    tell_kind(name_text, value_text, right);
    if (name == right.name) {
        keep(right.value, value);
    }
    return true;
}

bool read_header(
    PyObject* item, RightTexts::Field& right, http::Response& response, std::string& invalid_length
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
    PyObject* const value_object = PyTuple_GET_ITEM(item, 1);
    if ((name_object != right.name || value_object != right.value) &&
        !check_field(name_object, value_object, right)) {
        return false;
    }
    const base::Bytes name = characters_of(name_object);
    const base::Bytes value = characters_of(value_object);
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
    switch (right.kind) {
        case RightTexts::Kind::kOther:
            response.headers.add(name, value);
            break;
        case RightTexts::Kind::kLength:
            response.content_length = right.length;
            invalid_length.clear();
            break;
        case RightTexts::Kind::kInvalidLength:
            invalid_length = value.empty() ? " " : std::string(value);
            break;
    }
    return true;
}

}  // namespace

bool read_head(
    PyObject* status,
    PyObject* headers,
    RightTexts& right,
    http::Response& response,
    std::string& invalid_length
) {
    response.clear();
    if (!read_status(status, right.status, response)) {
        return false;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(headers); ++i) {
        RightTexts::Field& field =
            right.fields[static_cast<std::size_t>(i) % RightTexts::kFieldCount];
        if (!read_header(PyList_GET_ITEM(headers, i), field, response, invalid_length)) {
            return false;
        }
    }
    return true;
}

}  // namespace interp
