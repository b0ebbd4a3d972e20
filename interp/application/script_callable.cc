#include "interp/application/script_callable.h"

#include <cstddef>
#include <utility>

#include "interp/wsgi/environ/equal.h"

namespace interp {
namespace {

// `rest`: "name.of.attribute".
PyRef attribute_of(PyObject* module, std::string rest) {
    PyRef found = PyRef::borrow(module);
    while (found && !rest.empty()) {
        const std::size_t dot = rest.find('.');
        found = PyRef::steal(PyObject_GetAttrString(found.get(), rest.substr(0, dot).c_str()));
        rest = dot == std::string::npos ? "" : rest.substr(dot + 1);
    }
    return found;
}

}  // namespace

void ScriptCallable::want(const std::string& name) {
    if (!key_ || !is_equal(name_, name)) {
        key_ = PyRef::steal(PyUnicode_InternFromString(name.c_str()));
        name_ = name;
        version_ = 0;
    }
}

PyRef ScriptCallable::find(PyObject* module, const std::string& target) {
    const std::size_t colon = target.front() == '/' ? std::string::npos : target.find(':');
    return colon == std::string::npos ? global_of(module)
                                      : attribute_of(module, target.substr(colon + 1));
}

// Looked up again whenever one of the globals has changed.
PyRef ScriptCallable::global_of(PyObject* module) {
    PyObject* const globals = PyModule_GetDict(module);
    const std::uint64_t version = py::version_of(globals);
    if (version == 0 || version != version_) {
        value_ = PyDict_GetItemWithError(globals, key_.get());
        version_ = version;
    }
    return PyRef::borrow(value_);
}

}  // namespace interp
