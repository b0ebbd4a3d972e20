// PyError: an exception that Python raised, fetched at once so that no further call to Python meets
// it.
#pragma once

#include <cstddef>
#include <new>
#include <optional>
#include <string>

#include "interp/python/gil.h"
#include "interp/python/py_ref.h"

namespace interp {

class PyError {
public:
    // Takes the exception that is set. One must be.
    static PyError fetch(Gil& gil);

    [[nodiscard]] bool is(PyObject* type) const;  // an instance of `type`, such as PyExc_SystemExit
    [[nodiscard]] std::string type_name() const;  // "ValueError"
    // What sys.exit() would give to the system; nothing for another exception.
    [[nodiscard]] std::optional<int> exit_code() const;
    [[nodiscard]] std::string summary() const;    // "ValueError: text", as far as it makes sense
    [[nodiscard]] std::string traceback() const;  // see traceback.h

private:
    explicit PyError(PyRef exception) : exception_(std::move(exception)) {}
    PyRef exception_;
};

// For functions that Python calls: what C++ has no memory for is Python's MemoryError, and their
// result `failure`. No exception of C++'s gets through CPython's frames, which are C.
template <class Failure, class Function>
Failure or_memory_error(Failure failure, const Function& function) noexcept {
    try {
        return function();
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return failure;
    }
}

// The bytes of a str as UTF-8, whatever it holds; of another object its str(). No more than so many
// characters of it.
constexpr std::size_t kTextMax = std::size_t{64} * 1024;
std::string text_of(PyObject* object, std::size_t most = kTextMax);
// "ValueError"
std::string type_name_of(PyObject* object);

}  // namespace interp
