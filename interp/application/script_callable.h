// The callable of a script: a global of its module, or what the dots of
// "package.module:name.of.attribute" lead to. All functions want the GIL; belongs to a script.
#pragma once

#include <cstdint>
#include <string>

#include "interp/python/py_ref.h"

namespace interp {

class ScriptCallable {
public:
    // The global of that name is wanted from now on.
    void want(const std::string& name);
    // What is wanted of `module`, which was made of `target`: an absolute path, or
    // "package.module:name". Null, perhaps with an exception set, where there is none.
    PyRef find(PyObject* module, const std::string& target);

private:
    PyRef global_of(PyObject* module);

    std::string name_;
    PyRef key_;  // the same
    // What that was when the module's globals, whose it is, had that version; 0 is not known.
    PyObject* value_ = nullptr;
    std::uint64_t version_ = 0;
};

}  // namespace interp
