#include "interp/application/dispatch_script.h"

namespace interp {
namespace {

// As long as any name makes sense; bytes. What is longer would be looked for and logged by those
// who serve everybody.
constexpr Py_ssize_t kGroupNameMax = 255;

// A str is Latin-1, as all of environ is.
bool read_name(PyObject* answer, const char* function, std::optional<std::string>& out) {
    if (answer == Py_None) {
        return true;
    }
    if (!PyUnicode_Check(answer) && !PyBytes_Check(answer)) {
        PyErr_Format(
            PyExc_TypeError,
            "%s() of a dispatch script must return a str, bytes or None, not %.200s",
            function,
            Py_TYPE(answer)->tp_name
        );
        return false;
    }
    const Py_ssize_t size =
        PyUnicode_Check(answer) ? PyUnicode_GET_LENGTH(answer) : PyBytes_GET_SIZE(answer);
    if (size > kGroupNameMax) {
        PyErr_Format(
            PyExc_ValueError,
            "%s() of a dispatch script has returned a name of %zd bytes; the most is %zd",
            function,
            size,
            kGroupNameMax
        );
        return false;
    }
    const PyRef bytes = PyUnicode_Check(answer) ? PyRef::steal(PyUnicode_AsLatin1String(answer))
                                                : PyRef::borrow(answer);
    if (!bytes) {
        return false;
    }
    out.emplace(
        PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))
    );
    return true;
}

bool ask(
    PyObject* module, const char* function, PyObject* environ, std::optional<std::string>& out
) {
    const PyRef callable = PyRef::borrow(PyDict_GetItemString(PyModule_GetDict(module), function));
    if (!callable) {
        return true;
    }
    const PyRef answer = PyRef::steal(PyObject_CallOneArg(callable.get(), environ));
    return answer && read_name(answer.get(), function, out);
}

}  // namespace

bool ask_dispatch_script(PyObject* module, PyObject* environ, request::Dispatch& dispatch) {
    return ask(module, "process_group", environ, dispatch.process_group_said) &&
           ask(module, "application_group", environ, dispatch.application_group_said) &&
           ask(module, "callable_object", environ, dispatch.callable_said);
}

}  // namespace interp
