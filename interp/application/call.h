// Seat: a thread's place in one interpreter, where it answers requests: application(environ,
// start_response), its iterable, close() (PEP 3333). Keeps from request
// to request what nobody else has kept. Made, used and ended on its thread.
#pragma once

#include "interp/application/interpreter.h"
#include "interp/python/gil.h"
#include "interp/python/py_error.h"
#include "interp/python/py_ref.h"
#include "interp/wsgi/output.h"
#include "interp/wsgi/task_gate.h"

namespace interp {

class Seat {
public:
    // `thread` is mod_wsgi.thread_id. `observer` may be null. The interpreter lives longer.
    Seat(Interpreter& interpreter, int thread, BlockObserver* observer);
    ~Seat();  // without the GIL
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

    [[nodiscard]] ThreadState& state() { return state_; }
    [[nodiscard]] const Interpreter& interpreter() const { return interpreter_; }

    // From environ to close(); ends the task. `gil` is held on this seat.
    void run(Gil& gil, Task& task);

private:
    // How a request went: the whole response has been given, or it is to be aborted.
    struct Ending {
        bool is_complete = true;
        int status = 500;
        base::Error error{};
    };

    Ending begin(Gil& gil, Task& task);
    bool make_objects();
    void end();
    Ending answer(Gil& gil, Task& task);
    Ending ask(Gil& gil, Task& task);
    Ending give(Gil& gil, PyObject* response);
    Sent send_response(PyObject* response);
    Sent send_item(PyObject* item);
    Sent send_sequence(PyObject* response);
    Sent send_iterable(PyObject* response);
    void close(Gil& gil, PyObject* response);
    Ending raised(Gil& gil);
    // Where C++ has found no memory: this request's misfortune, and nobody else's.
    [[nodiscard]] Ending lacked_memory() const noexcept;
    void log(const PyError& error) const;

    Interpreter& interpreter_;
    const int thread_;
    ThreadState state_;
    TaskGate gate_;
    Output output_;
    PyRef input_;           // of this request; null before and behind it
    PyRef start_response_;  // null: to be made for the next request
    PyRef close_;           // "close"
};

}  // namespace interp
