// The dictionary that environs are copies of, and the values in it: one is made again only where it
// has changed and somebody has the old one; a value that nobody but the template has is written
// anew. Texts are compared byte for byte. With the GIL; belongs to an Environ.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/base/bytes.h"
#include "interp/python/py_ref.h"
#include "interp/wsgi/environ/equal.h"

namespace interp {

// Latin-1, as PEP 3333 wants bytes to be told.
inline PyRef latin1(base::Bytes bytes) {
    return PyRef::steal(
        PyUnicode_DecodeLatin1(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), nullptr)
    );
}

inline PyRef interned(const char* name) { return PyRef::steal(PyUnicode_InternFromString(name)); }

class EnvironTemplate {
public:
    // A key that the template may hold, and its value there.
    struct Variable {
        PyRef key;
        PyRef value;             // null: not in the template
        base::Bytes bytes;       // of a text: what `value` was made of; its own
        std::uint64_t seen = 0;  // the request that had it last
    };

    EnvironTemplate() : dict_(PyRef::steal(PyDict_New())) {}

    // Null: there was no memory for it.
    [[nodiscard]] PyObject* dict() const { return dict_.get(); }

    // All that is in the template now, in a dictionary that nobody else has; null with an exception
    // set where there is no memory.
    PyRef copy() { return kept_ ? std::move(kept_) : PyRef::steal(PyDict_Copy(dict_.get())); }
    // Grows with each change.
    [[nodiscard]] std::uint64_t changes() const { return changes_; }
    // For the next copy(): one that was made when `changes` was that, and is as it was then.
    void keep(PyRef copy, std::uint64_t changes) {
        if (changes == changes_) {
            kept_ = std::move(copy);
        }
    }

    // False, with an exception set, where there is no memory; so say all of these, and then what
    // was there is still there.
    bool put(const PyRef& key, const PyRef& value) {
        if (!key || !value || PyDict_SetItem(dict_.get(), key.get(), value.get()) != 0) {
            return false;
        }
        changes_ += 1;
        if (kept_ && PyDict_SetItem(kept_.get(), key.get(), value.get()) != 0) {
            lose_kept();
        }
        return true;
    }
    bool put(const char* key, const PyRef& value) { return put(interned(key), value); }
    // A value that is no text.
    bool put(Variable& variable, PyRef value) {
        if (!put(variable.key, value)) {
            return false;
        }
        variable.value = std::move(value);
        return true;
    }
    // Neither an environ nor anybody who has had one has the value: what is done to it shows in the
    // template only.
    [[nodiscard]] bool is_unshared(const Variable& variable) const {
        return variable.value && Py_REFCNT(variable.value.get()) == owners();
    }
    bool set(Variable& variable, double number) {
        if (variable.value && PyFloat_AS_DOUBLE(variable.value.get()) == number) {
            return true;
        }
        if (is_unshared(variable)) {
            py::write_float(variable.value.get(), number);
            return true;
        }
        return put(variable, PyRef::steal(PyFloat_FromDouble(number)));
    }
    // Of twenty values that are set for a request, two or three change.
    [[gnu::always_inline]] bool set(Variable& variable, base::Bytes bytes) {
        return (variable.value && is_equal(variable.bytes, bytes)) || replace(variable, bytes);
    }
    bool drop(Variable& variable) {
        if (PyDict_DelItem(dict_.get(), variable.key.get()) != 0) {
            return false;
        }
        changes_ += 1;
        if (kept_ && PyDict_DelItem(kept_.get(), variable.key.get()) != 0) {
            lose_kept();
        }
        variable.bytes = {};
        variable.value.reset();
        return true;
    }

private:
    // The Variable, the template, and the copy that follows it.
    [[nodiscard]] Py_ssize_t owners() const { return kept_ ? 3 : 2; }

    [[gnu::noinline]] bool replace(Variable& variable, base::Bytes bytes) {
        if (variable.value && variable.bytes.size() == bytes.size() && is_ascii(bytes)) {
            if (char* const written = py::writable_ascii(variable.value.get(), owners())) {
                std::memcpy(written, bytes.data(), bytes.size());
                return true;
            }
        }
        if (!put(variable, latin1(bytes))) {
            return false;
        }
        variable.bytes = {
            static_cast<const char*>(PyUnicode_DATA(variable.value.get())), bytes.size()};
        return true;
    }

    void lose_kept() {
        PyErr_Clear();
        kept_.reset();
    }

    PyRef dict_;
    PyRef kept_;  // a copy that follows each change; or null
    std::uint64_t changes_ = 0;
};

}  // namespace interp
