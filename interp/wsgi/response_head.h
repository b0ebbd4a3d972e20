// The head of a response as start_response() is told it: checked, and read into an http::Response.
// All functions want the GIL.
#pragma once

#include <cstddef>
#include <string>

#include "http/response.h"
#include "interp/python/py_compat.h"

namespace interp {

// Applications say the same few names again and again, as the same objects: those that were right,
// by their place in the list. Zeroed memory is an empty one.
struct RightNames {
    static constexpr std::size_t kCount = 8;
    PyObject* names[kCount];  // owned, or null

    void clear() {
        for (PyObject*& name : names) {
            Py_CLEAR(name);
        }
    }
};

// `headers` is a list. False with an exception set; what is in the response then is no matter.
// `invalid_length`: the text of a Content-Length that is none; "" if there is no such thing.
bool read_head(
    PyObject* status,
    PyObject* headers,
    RightNames& names,
    http::Response& response,
    std::string& invalid_length
);

}  // namespace interp
