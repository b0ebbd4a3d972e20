// What a dispatch script says about a request (WSGIDispatchScript). Wants the
// GIL.
#pragma once

#include "core/request/dispatch.h"
#include "interp/python/py_ref.h"

namespace interp {

// Calls process_group(environ), application_group(environ) and callable_object(environ) of
// `module`, those that it has, and puts what they return into `dispatch`. False with an exception
// set: one of them raised, or returned something else than a str, bytes or None, or a name without
// end.
bool ask_dispatch_script(PyObject* module, PyObject* environ, request::Dispatch& dispatch);

}  // namespace interp
