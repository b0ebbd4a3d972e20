// wsgi.input: the body of one request as a binary stream (PEP 3333).
// An object serves one request after another while nobody but its Environ holds it; one that an
// application kept says so when it is used afterwards.
#pragma once

#include "interp/python/py_ref.h"
#include "interp/wsgi/task_gate.h"

namespace interp {

PyRef make_input_type();
PyRef make_input(PyTypeObject* type);

void attach_input(PyObject* input, TaskGate& gate);
// Returns when no other thread is in the middle of reading.
void detach_input(PyObject* input);

}  // namespace interp
