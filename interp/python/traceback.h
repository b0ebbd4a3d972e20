// The traceback of an exception as the interpreter prints it, for the log: bounded, because its
// text is the application's, of any size and without an end where exceptions hold each other.
#pragma once

#include <string>

#include "interp/python/py_ref.h"

namespace interp {

// Ends with a newline. Where it is too much, its middle is cut, and it says so; "" where Python
// cannot say it. Leaves no exception set.
std::string traceback_of(PyObject* exception);

}  // namespace interp
