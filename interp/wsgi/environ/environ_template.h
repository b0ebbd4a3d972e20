// The dictionary that environs are copies of, and the values in it: one is made again only where it
// has changed. Values are immutable and compared byte for byte. With the GIL; belongs to an
// Environ.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "core/base/bytes.h"
#include "interp/python/py_ref.h"

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
        std::uint64_t seen = 0;  // the request that had it last
    };

    EnvironTemplate() : dict_(PyRef::steal(PyDict_New())) {}

    // Null: there was no memory for it.
    [[nodiscard]] PyObject* dict() const { return dict_.get(); }

    // False, with an exception set, where there is no memory; so say all of these.
    bool put(const char* key, const PyRef& value) {
        const PyRef name = interned(key);
        return name && value && PyDict_SetItem(dict_.get(), name.get(), value.get()) == 0;
    }
    bool set(Variable& variable, PyRef value) {
        if (!value || PyDict_SetItem(dict_.get(), variable.key.get(), value.get()) != 0) {
            return false;
        }
        variable.value = std::move(value);
        return true;
    }
    bool set(Variable& variable, base::Bytes bytes) {
        return is_same(variable.value.get(), bytes) || set(variable, latin1(bytes));
    }
    bool drop(Variable& variable) {
        if (PyDict_DelItem(dict_.get(), variable.key.get()) != 0) {
            return false;
        }
        variable.value.reset();
        return true;
    }

    // `value` was made by latin1().
    static base::Bytes bytes_of(PyObject* value) {
        return {
            static_cast<const char*>(PyUnicode_DATA(value)),
            static_cast<std::size_t>(PyUnicode_GET_LENGTH(value))};
    }

private:
    static bool is_same(PyObject* value, base::Bytes bytes) {
        return value != nullptr && PyUnicode_KIND(value) == PyUnicode_1BYTE_KIND &&
               bytes == bytes_of(value);
    }

    PyRef dict_;
};

}  // namespace interp
