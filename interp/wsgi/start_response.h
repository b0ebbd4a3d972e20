// start_response and the write() that it returns, as Python objects (PEP 3333).
// A pair serves one request after another while nobody but its Seat holds it; one that an
// application kept says so when it is called afterwards.
#pragma once

#include "interp/python/py_ref.h"
#include "interp/wsgi/output.h"

namespace interp {

PyRef make_start_response_type();
PyRef make_write_type();

PyRef make_write(PyTypeObject* type);
PyRef make_start_response(PyTypeObject* type, PyObject* write);

// `output` is null after the request.
void attach_start_response(PyObject* start_response, Output* output);
// Nobody but its owner has this object, nor the write() of it.
bool is_start_response_unshared(PyObject* start_response);

}  // namespace interp
