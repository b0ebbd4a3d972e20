// PyRef: one owned reference to a Python object. Move-only: a second owner is visible as clone().
// Whoever lets a reference go holds the GIL.
#pragma once

#include <utility>

#include "core/base/check.h"
#include "interp/python/py_compat.h"

namespace interp {

class PyRef {
public:
    PyRef() = default;
    static PyRef steal(PyObject* object) { return PyRef(object); }  // a new reference; may be null
    static PyRef borrow(PyObject* object) {                         // someone else's; may be null
        Py_XINCREF(object);
        return PyRef(object);
    }
    PyRef(PyRef&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    PyRef& operator=(PyRef&& other) noexcept {
        PyRef old(std::exchange(object_, std::exchange(other.object_, nullptr)));
        return *this;
    }
    PyRef(const PyRef&) = delete;
    PyRef& operator=(const PyRef&) = delete;
    ~PyRef() {
        if (object_ != nullptr) {
            CHECK(py::current_thread_state() != nullptr);
            Py_DECREF(object_);
        }
    }

    [[nodiscard]] PyObject* get() const { return object_; }
    explicit operator bool() const { return object_ != nullptr; }
    [[nodiscard]] PyRef clone() const { return borrow(object_); }
    [[nodiscard]] PyObject* release() { return std::exchange(object_, nullptr); }
    void reset() { PyRef old(std::exchange(object_, nullptr)); }

private:
    explicit PyRef(PyObject* object) : object_(object) {}
    PyObject* object_ = nullptr;
};

}  // namespace interp
