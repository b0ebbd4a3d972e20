#include "interp/python/py_error.h"

#include <cstdlib>
#include <cstring>

#include "interp/python/traceback.h"

namespace interp {

namespace {

constexpr std::size_t kTypeNameMax = 256;
constexpr std::size_t kSummaryMax = 1024;

}  // namespace

std::string text_of(PyObject* object, std::size_t most) {
    const PyRef all = PyRef::steal(PyObject_Str(object));
    const PyRef text =
        all ? PyRef::steal(PyUnicode_Substring(all.get(), 0, static_cast<Py_ssize_t>(most)))
            : PyRef();
    const PyRef bytes =
        text ? PyRef::steal(PyUnicode_AsEncodedString(text.get(), "utf-8", "backslashreplace"))
             : PyRef();
    if (!bytes) {
        PyErr_Clear();
        return "<unprintable " + type_name_of(object) + " object>";
    }
    return {
        PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))};
}

std::string type_name_of(PyObject* object) {
    const char* const name = Py_TYPE(object)->tp_name;
    return {name, ::strnlen(name, kTypeNameMax)};
}

PyError PyError::fetch(Gil&) {
    PyRef exception = PyRef::steal(py::take_exception());
    CHECK(exception);
    return PyError(std::move(exception));
}

bool PyError::is(PyObject* type) const {
    return PyErr_GivenExceptionMatches(exception_.get(), type) != 0;
}

std::string PyError::type_name() const { return type_name_of(exception_.get()); }

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

std::string PyError::summary() const {
    return type_name() + ": " + text_of(exception_.get(), kSummaryMax);
}

std::string PyError::traceback() const {
    std::string text = traceback_of(exception_.get());
    return text.empty() ? summary() + "\n" : text;
}

}  // namespace interp
