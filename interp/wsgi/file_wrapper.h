// wsgi.file_wrapper: mod_wsgi.FileWrapper(filelike, blksize=8192), an iterator over a file.
// Where the file is a regular one of a local file system, its descriptor goes
// to the server instead: what may keep its reader waiting is read here, by the thread that serves
// nobody else.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "interp/python/py_ref.h"

namespace interp {

PyRef make_file_wrapper_type();

// What a server can send without Python's help: the file from its current position on.
struct RegularFile {
    int fd = -1;  // the application's own
    off_t offset = 0;
    std::uint64_t available = 0;  // bytes from there to its end
};
// Leaves no Python exception behind: what is no such file is iterated.
std::optional<RegularFile> regular_file_of(PyObject* file_wrapper);

}  // namespace interp
