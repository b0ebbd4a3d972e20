#include "interp/application/call.h"

#include <fmt/format.h>

#include <cstdlib>
#include <new>

#include "core/base/system/no_memory.h"
#include "interp/application/dispatch_script.h"
#include "interp/application/returned_child.h"
#include "interp/wsgi/errors.h"
#include "interp/wsgi/file_wrapper.h"
#include "interp/wsgi/input.h"
#include "interp/wsgi/start_response.h"

namespace interp {

Seat::Seat(Interpreter& interpreter, int thread, BlockObserver* observer)
    : interpreter_(interpreter), thread_(thread), state_(interpreter.state()), gate_(observer) {}

Seat::~Seat() {
    Gil gil(state_);
    start_response_.reset();
    close_.reset();
}

void Seat::run(Gil& gil, Task& task) {
    ThreadLog::mine().begin(task);
    gate_.begin(task);
    output_.begin(gate_);
    Ending ending;
    try {
        ending = begin(gil, task);
    } catch (const std::bad_alloc&) {
        ending = lacked_memory();
    }
    leave_if_forked(EXIT_FAILURE);
    end();
    ThreadLog::mine().end();
    if (ending.is_complete) {
        task.finish();
    } else {
        task.abort(ending.status, ending.error);
    }
}

Seat::Ending Seat::begin(Gil& gil, Task& task) {
    return !make_objects()                ? raised(gil)
           : task.dispatch.script.empty() ? answer(gil, task)
                                          : ask(gil, task);
}

bool Seat::make_objects() {
    const Types& types = interpreter_.types();
    if (!close_) {
        close_ = PyRef::steal(PyUnicode_InternFromString("close"));
    }
    if (!start_response_) {
        const PyRef write = make_write(Types::type(types.write));
        if (write) {
            start_response_ = make_start_response(Types::type(types.start_response), write.get());
        }
    }
    if (!close_ || !start_response_) {
        return false;
    }
    attach_start_response(start_response_.get(), &output_);
    return true;
}

// From here on nothing that the application has kept leads to the task, which may soon be another
// request's.
void Seat::end() {
    // The two ways to the gate are closed before it: behind its end nobody is let in.
    if (input_) {
        detach_input(input_.get());
    }
    if (start_response_) {
        attach_start_response(start_response_.get(), nullptr);
    }
    gate_.end();
    input_.reset();
    if (start_response_ && !is_start_response_unshared(start_response_.get())) {
        start_response_.reset();
    }
}

Seat::Ending Seat::answer(Gil& gil, Task& task) {
    const Scripts::Found script = interpreter_.scripts().find(
        gil,
        {task.route.script(),
         task.route.callable,
         task.route.script_filename,
         task.route.reloads,
         task.route.links,
         task.route.number}
    );
    if (!script.callable) {
        return {false, script.status, {base::Fault::kApplication, "the script cannot be used"}};
    }
    Environ& environs = interpreter_.environ_of(gil, task.route.host);
    Environ::Made environ = environs.make(gil, task, thread_);
    if (!environ.dict) {
        return raised(gil);
    }
    input_ = std::move(environ.input);
    attach_input(input_.get(), gate_);
    PyObject* arguments[] = {nullptr, environ.dict.get(), start_response_.get()};
    PyRef response = PyRef::steal(PyObject_Vectorcall(
        script.callable.get(), arguments + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr
    ));
    if (!response) {
        return raised(gil);
    }
    leave_if_forked(EXIT_FAILURE);
    Ending ending;
    try {
        ending = give(gil, response.get());
    } catch (const std::bad_alloc&) {
        ending = lacked_memory();
    }
    close(gil, response.get());
    response.reset();  // which may have the environ
    environs.keep(gil, std::move(environ));
    return ending;
}

// WSGIDispatchScript: the same environ for each of its functions, as the request has it by now.
Seat::Ending Seat::ask(Gil& gil, Task& task) {
    const PyRef module = interpreter_.scripts().module(gil, task.dispatch.script);
    if (!module) {
        return {false, 500, {base::Fault::kApplication, "the dispatch script cannot be used"}};
    }
    const PyRef environ =
        interpreter_.environ_of(gil, task.route.host).make(gil, task, thread_).dict;
    if (!environ || PyDict_DelItemString(environ.get(), "wsgi.input") != 0 ||
        PyDict_DelItemString(environ.get(), "mod_wsgi.callable_object") != 0 ||
        !ask_dispatch_script(module.get(), environ.get(), task.dispatch)) {
        return raised(gil);
    }
    return {};
}

Seat::Ending Seat::give(Gil& gil, PyObject* response) {
    Sent sent = send_response(response);
    if (sent == Sent::kYes || sent == Sent::kEnough) {
        sent = output_.send_head();
    }
    switch (sent) {
        case Sent::kYes:
        case Sent::kEnough:
            return {};
        case Sent::kRaised:
            return raised(gil);
        case Sent::kTooMany:
            // The log has heard of it from whoever counts them.
            return {false, 503, {base::Fault::kSystem, "no descriptor"}};
        case Sent::kClientGone:
            break;
    }
    return {false, 500, {base::Fault::kClient, "the client closed the connection"}};
}

Sent Seat::send_response(PyObject* response) {
    if (PyList_CheckExact(response) || PyTuple_CheckExact(response)) {
        return send_sequence(response);
    }
    if (!output_.is_head_sent() &&
        PyObject_TypeCheck(response, Types::type(interpreter_.types().file_wrapper))) {
        if (const auto file = regular_file_of(response)) {
            // Where it can be sent as one: reading it here would hold a thread for as long as its
            // client likes.
            if (const auto sent = output_.send_file(*file)) {
                return *sent;
            }
        }
    }
    return send_iterable(response);
}

Sent Seat::send_item(PyObject* item) {
    if (!PyBytes_Check(item)) {
        PyErr_Format(
            PyExc_TypeError,
            "response iterable must yield bytes, not %.200s",
            Py_TYPE(item)->tp_name
        );
        return Sent::kRaised;
    }
    return output_.send(item);
}

// A list or tuple has no close(), and its length is known: one item is the whole body.
Sent Seat::send_sequence(PyObject* response) {
    const Py_ssize_t size = PySequence_Fast_GET_SIZE(response);
    if (size == 0 && !output_.is_head_sent()) {
        return output_.send_all(nullptr);
    }
    if (size == 1 && !output_.is_head_sent()) {
        const PyRef item = PyRef::borrow(PySequence_Fast_GET_ITEM(response, 0));
        return PyBytes_Check(item.get()) ? output_.send_all(item.get()) : send_item(item.get());
    }
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(response); ++i) {
        const PyRef item = PyRef::borrow(PySequence_Fast_GET_ITEM(response, i));
        if (const Sent sent = send_item(item.get()); sent != Sent::kYes) {
            return sent;
        }
    }
    return Sent::kYes;
}

Sent Seat::send_iterable(PyObject* response) {
    const PyRef iterator = PyRef::steal(PyObject_GetIter(response));
    if (!iterator) {
        return Sent::kRaised;
    }
    for (;;) {
        const PyRef item = PyRef::steal(PyIter_Next(iterator.get()));
        if (item) {
            leave_if_forked(EXIT_FAILURE);
        }
        if (!item) {
            return PyErr_Occurred() != nullptr ? Sent::kRaised : Sent::kYes;
        }
        if (const Sent sent = send_item(item.get()); sent != Sent::kYes) {
            return sent;
        }
    }
}

// Once for every response that was returned, however it ended. What close() raises changes nothing
// for the client.
void Seat::close(Gil& gil, PyObject* response) {
    if (PyList_CheckExact(response) || PyTuple_CheckExact(response)) {
        return;
    }
    PyObject* method = nullptr;
    const int found = py::optional_attribute(response, close_.get(), &method);
    const PyRef owned = PyRef::steal(method);
    if (found < 0 || (found > 0 && !PyRef::steal(PyObject_CallNoArgs(method)))) {
        log(PyError::fetch(gil));
    }
}

Seat::Ending Seat::raised(Gil& gil) {
    const PyError error = PyError::fetch(gil);
    leave_if_forked(error);
    log(error);
    return {false, 500, {base::Fault::kApplication, error.summary()}};
}

Seat::Ending Seat::lacked_memory() const noexcept {
    PyErr_Clear();
    const Task& task = gate_.task();
    base::tell_no_memory(
        task.log != nullptr ? *task.log : base::main_log(), "a request", task.request.target
    );
    return {false, 500, {base::Fault::kSystem, "out of memory"}};
}

void Seat::log(const PyError& error) const {
    const Task& task = gate_.task();
    const char* format = error.is(PyExc_SystemExit)
                             ? "{} exception raised by WSGI script '{}' for {}; ignored."
                             : "{} exception raised processing WSGI script '{}' for {}.";
    ThreadLog::mine().say(
        base::LogLevel::kError,
        fmt::format(
            fmt::runtime(format), error.type_name(), task.script(), interpreter_.description()
        )
    );
    ThreadLog::mine().say(base::LogLevel::kError, error.traceback());
}

}  // namespace interp
