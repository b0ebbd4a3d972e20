// One application group: a Python interpreter, set up the way applications of mod_wsgi
// expect it, with what our own C++ keeps in it. Made at the group's first request;
// lives until the Runtime ends.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "core/base/result.h"
#include "interp/application/import_watch.h"
#include "interp/application/script.h"
#include "interp/python/gil.h"
#include "interp/python/py_error.h"
#include "interp/python/py_ref.h"
#include "interp/wsgi/environ/environ.h"
#include "interp/wsgi/settings.h"

namespace interp {

// The classes of the module mod_wsgi; each interpreter has its own.
struct Types {
    PyRef stream, input, start_response, write, file_wrapper;

    static PyTypeObject* type(const PyRef& ref) {
        return reinterpret_cast<PyTypeObject*>(ref.get());
    }
};

class Interpreter {
public:
    // "" is the main interpreter. The GIL is held in the main interpreter before and after.
    // `settings` and `imports` outlive it; `main_thread` is the identity of Python's main thread.
    static base::Result<std::unique_ptr<Interpreter>> create(
        Gil& gil,
        const std::string& name,
        const Settings& settings,
        ImportWatch& imports,
        unsigned long main_thread
    );
    ~Interpreter();  // with the GIL, in this interpreter
    Interpreter(const Interpreter&) = delete;
    Interpreter& operator=(const Interpreter&) = delete;

    // Ends a sub-interpreter: waits for its threads, runs its atexit functions. On Python's main
    // thread, with the GIL held in the main interpreter before and after. False: threads of the
    // application go on in it, and it has to stay.
    static bool end(Gil& gil, std::unique_ptr<Interpreter> interpreter);
    // What the end of the current interpreter would do for the application, where it cannot be
    // ended.
    static void run_exit_functions(Gil& gil);

    [[nodiscard]] const std::string& name() const { return name_; }
    // For the log: "sub-interpreter 'a' in embedded mode".
    [[nodiscard]] const std::string& description() const { return description_; }
    [[nodiscard]] PyInterpreterState* state() const { return state_; }
    [[nodiscard]] const Types& types() const { return types_; }
    [[nodiscard]] Scripts& scripts() { return scripts_; }
    Environ& environ_of(Gil& gil, std::uint32_t host);

private:
    Interpreter(const std::string& name, const Settings& settings, ImportWatch& imports);
    bool set_up(unsigned long main_thread);
    bool make_types();
    PyRef make_module() const;
    bool run_prelude(PyObject* module, unsigned long main_thread);

    const std::string name_;
    const Settings& settings_;
    const std::string description_;
    PyInterpreterState* state_ = nullptr;
    PyThreadState* first_ =
        nullptr;  // of a sub-interpreter: stays until its end, which happens in it
    Types types_;
    PyRef errors_;  // wsgi.errors of every request
    Scripts scripts_;
    std::unordered_map<std::uint32_t, std::unique_ptr<Environ>> environs_;
    // Of the last request.
    std::uint32_t last_host_ = 0;
    Environ* last_environ_ = nullptr;
};

}  // namespace interp
