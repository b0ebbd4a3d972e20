#include "interp/python/py_error.h"

#include <cstdlib>

namespace interp {

std::string text_of(PyObject* object) {
    const PyRef text = PyRef::steal(PyObject_Str(object));
    const PyRef bytes =
        text ? PyRef::steal(PyUnicode_AsEncodedString(text.get(), "utf-8", "backslashreplace"))
             : PyRef();
    if (!bytes) {
        PyErr_Clear();
        return "<unprintable " + std::string(Py_TYPE(object)->tp_name) + " object>";
    }
    return {
        PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))};
}

PyError PyError::fetch(Gil&) {
    PyRef exception = PyRef::steal(py::take_exception());
    CHECK(exception);
    return PyError(std::move(exception));
}

bool PyError::is(PyObject* type) const {
    return PyErr_GivenExceptionMatches(exception_.get(), type) != 0;
}

std::string PyError::type_name() const { return Py_TYPE(exception_.get())->tp_name; }

std::optional<int> PyError::exit_code() const {
    if (!is(PyExc_SystemExit)) {
        return std::nullopt;
    }
    const PyRef code = PyRef::steal(PyObject_GetAttrString(exception_.get(), "code"));
    if (!code) {
        PyErr_Clear();
        return EXIT_FAILURE;
    }
    if (code.get() == Py_None) {
        return EXIT_SUCCESS;
    }
    constexpr long kBits = 0xff;  // of which the parent sees these
    const long number = PyLong_Check(code.get()) ? PyLong_AsLong(code.get()) : EXIT_FAILURE;
    PyErr_Clear();  // too large a number
    return static_cast<int>(number & kBits);
}

std::string PyError::summary() const { return type_name() + ": " + text_of(exception_.get()); }

std::string PyError::traceback() const {
    const PyRef module = PyRef::steal(PyImport_ImportModule("traceback"));
    const PyRef lines = module ? PyRef::steal(PyObject_CallMethod(
                                     module.get(), "format_exception", "O", exception_.get()
                                 ))
                               : PyRef();
    const PyRef nothing = lines ? PyRef::steal(PyUnicode_FromString("")) : PyRef();
    const PyRef text = nothing ? PyRef::steal(PyUnicode_Join(nothing.get(), lines.get())) : PyRef();
    if (!text) {
        PyErr_Clear();
        return summary() + "\n";
    }
    return text_of(text.get());
}

}  // namespace interp
