// The head of a response as start_response() is told it: checked, and read into an http::Response.
// All functions want the GIL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "http/response.h"
#include "interp/python/py_compat.h"

namespace interp {

// Applications say the same few texts again and again, as the same objects: those that were right,
// fields by their place in the list. Zeroed memory is an empty one.
struct RightTexts {
    static constexpr std::size_t kFieldCount = 8;
    enum class Kind : std::uint8_t { kOther, kLength, kInvalidLength };
    struct Field {
        PyObject* name;        // owned, or null
        PyObject* value;       // owned, or null; what follows is of both
        Kind kind;             // Content-Length, or not
        std::uint64_t length;  // of the response's body; bytes
    };
    PyObject* status;  // owned, or null
    Field fields[kFieldCount];

    void clear() {
        Py_CLEAR(status);
        for (Field& field : fields) {
            Py_CLEAR(field.name);
            Py_CLEAR(field.value);
        }
    }
};

// `headers` is a list. False with an exception set; what is in the response then is no matter.
// `invalid_length`: the text of a Content-Length that is none; "" if there is no such thing.
bool read_head(
    PyObject* status,
    PyObject* headers,
    RightTexts& right,
    http::Response& response,
    std::string& invalid_length
);

}  // namespace interp
