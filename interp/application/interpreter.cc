#include "interp/application/interpreter.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "core/base/system/fd.h"
#include "interp/application/returned_child.h"
#include "interp/python/thread_state_room.h"
#include "interp/wsgi/errors.h"
#include "interp/wsgi/file_wrapper.h"
#include "interp/wsgi/input.h"
#include "interp/wsgi/start_response.h"

namespace interp {
namespace {

// Runs once in every new interpreter, with these globals: streams, say, home, python_path,
// main_thread, is_main, fork_begins, fork_ended.
constexpr const char* kPrelude = R"python(
import io, os, signal, site, sys, threading, traceback


def text_stream(raw):
    return io.TextIOWrapper(
        raw, encoding='utf-8', errors='replace', line_buffering=True, write_through=True)


def extend_path():
    front = []
    for directory in python_path:
        known = list(sys.path)
        if not os.path.isdir(directory):
            say('The directory %r of the Python path does not exist.' % directory)
        site.addsitedir(directory)
        front += [os.path.abspath(directory)] + [entry for entry in sys.path if entry not in known]
    if home:
        front.insert(0, home)
    front = list(dict.fromkeys(front))
    sys.path[:] = front + [entry for entry in sys.path if entry not in front]


def restrict_signals():
    register, owner = signal.signal, os.getpid()

    def restricted(signalnum, handler):
        if os.getpid() != owner:
            return register(signalnum, handler)
        stack = ''.join(traceback.format_stack(sys._getframe(1)))
        say('Callback registration for signal %d ignored.\n%s' % (signalnum, stack))
        return handler

    signal.signal = restricted


# Whichever thread imports threading first is not the one that started the process.
def name_main_thread():
    thread = threading.main_thread()
    threading._active.pop(thread.ident, None)
    thread._ident, thread._native_id = main_thread, os.getpid()
    threading._active[main_thread] = thread


def tell_of_forks():
    if not is_main:
        os.register_at_fork(before=fork_begins, after_in_parent=fork_ended)


# We wait for threads before Python does, which asks again and, in 3.12, minds the second time.
def shut_threads_down_once():
    shutdown = threading._shutdown

    def once():
        threading._shutdown = lambda: None
        shutdown()

    threading._shutdown = once


errors, sys.stdout, sys.stderr = map(text_stream, streams)
extend_path()
restrict_signals()
name_main_thread()
shut_threads_down_once()
tell_of_forks()
)python";

PyObject* say(PyObject*, PyObject* message) {
    return or_memory_error<PyObject*>(nullptr, [message] {
        ThreadLog::mine().say(base::LogLevel::kInfo, text_of(message));
        return Py_NewRef(Py_None);
    });
}

PyMethodDef kSay = {"say", say, METH_O, nullptr};

PyRef text(const std::string& utf8) {
    return PyRef::steal(
        PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "surrogateescape")
    );
}

PyRef path_list(const std::vector<std::string>& paths) {
    PyRef list = PyRef::steal(PyList_New(0));
    for (const std::string& path : paths) {
        const PyRef entry = PyRef::steal(
            PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<Py_ssize_t>(path.size()))
        );
        if (!list || !entry || PyList_Append(list.get(), entry.get()) != 0) {
            return {};
        }
    }
    return list;
}

std::string describe(const std::string& name, const std::string& process_group) {
    return (name.empty() ? std::string("main interpreter")
                         : fmt::format("sub-interpreter '{}'", name)) +
           (process_group.empty() ? std::string(" in embedded mode")
                                  : fmt::format(" of daemon process '{}'", process_group));
}

// Py_NewInterpreter() does not return when it cannot read its own library: it ends the process.
bool can_open_files() {
    constexpr std::size_t kNeeded = 4;
    std::array<base::Fd, kNeeded> probes;
    return std::ranges::all_of(probes, [](base::Fd& probe) {
        probe = base::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        return probe.is_open();
    });
}

// It ends the process, too, where it runs out of memory in the middle. Some megabytes are what it
// needs, of libc and of the system: what libc still has would hide that there are no further
// addresses (RLIMIT_AS).
bool has_room_for_interpreter() {
    constexpr std::size_t kNeeded = std::size_t{16} << 20U;
    void* const memory =
        ::mmap(nullptr, kNeeded, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    ::munmap(memory, kNeeded);
    return true;
}

// Calls a function of a module of the standard library; what it raises is logged.
void call_quietly(Gil& gil, const char* module, const char* function) {
    const PyRef imported = PyRef::steal(PyImport_ImportModule(module));
    const PyRef result =
        imported ? PyRef::steal(PyObject_CallMethod(imported.get(), function, nullptr)) : PyRef();
    if (!result) {
        const PyError error = PyError::fetch(gil);
        leave_if_forked(error);
        ThreadLog::mine().say(base::LogLevel::kError, error.traceback());
    }
    leave_if_forked(EXIT_SUCCESS);
}

}  // namespace

Interpreter::Interpreter(const std::string& name, const Settings& settings, ImportWatch& imports)
    : name_(name),
      settings_(settings),
      description_(describe(name, settings.process_group)),
      scripts_(description_, settings.script_owner, imports) {}

Interpreter::~Interpreter() = default;

base::Result<std::unique_ptr<Interpreter>> Interpreter::create(
    Gil& gil,
    const std::string& name,
    const Settings& settings,
    ImportWatch& imports,
    unsigned long main_thread
) {
    std::unique_ptr<Interpreter> made(new Interpreter(name, settings, imports));
    PyThreadState* const before = PyThreadState_Get();
    if (!name.empty()) {
        ThreadLog::mine().say(
            base::LogLevel::kInfo, fmt::format("Creating {}.", made->description())
        );
        if (!can_open_files()) {
            return base::fail_errno(made->description() + " cannot be created", errno);
        }
        if (!has_room_for_interpreter()) {
            return base::fail_errno(made->description() + " cannot be created", ENOMEM);
        }
        const py::ThreadStateRoom room;
        // In nobody's place: the main interpreter is an application's, too, whose audit hook would
        // be asked, and could refuse it, never return, or end the process.
        go_on_in(nullptr);
        made->first_ = Py_NewInterpreter();
        if (made->first_ == nullptr) {
            go_on_in(before);
            return base::fail(base::Fault::kServer, made->description() + " cannot be created");
        }
    }
    made->state_ = PyThreadState_GetInterpreter(PyThreadState_Get());
    if (!or_memory_error(false, [&] { return made->set_up(main_thread); })) {
        const std::string traceback = PyError::fetch(gil).traceback();
        ThreadLog::mine().say(base::LogLevel::kError, traceback);
        std::string what = made->description() + " cannot be set up";
        PyThreadState* const first = made->first_;
        made.reset();
        if (first != nullptr) {
            py::end_interpreter(first, before);
        }
        return base::fail(base::Fault::kServer, std::move(what));
    }
    go_on_in(before);
    return made;
}

bool Interpreter::end(Gil& gil, std::unique_ptr<Interpreter> interpreter) {
    PyThreadState* const before = PyThreadState_Get();
    PyThreadState* const first = interpreter->first_;
    go_on_in(first);
    call_quietly(gil, "threading", "_shutdown");  // waits for all threads but daemon threads
    PyInterpreterState* const state = interpreter->state_;
    // Py_EndInterpreter() aborts the process when there are other threads: daemon threads of the
    // application.
    const bool is_alone =
        PyInterpreterState_ThreadHead(state) == first && PyThreadState_Next(first) == nullptr;
    if (is_alone) {
        interpreter.reset();
        py::end_interpreter(first, before);
    } else {
        run_exit_functions(gil);
        static_cast<void>(interpreter.release()
        );  // its threads still use it; the process ends soon
        go_on_in(before);
    }
    return is_alone;
}

void Interpreter::run_exit_functions(Gil& gil) {
    call_quietly(gil, "threading", "_shutdown");
    call_quietly(gil, "atexit", "_run_exitfuncs");
}

bool Interpreter::set_up(unsigned long main_thread) {
    if (!make_types()) {
        return false;
    }
    const PyRef module = make_module();
    return module && run_prelude(module.get(), main_thread);
}

bool Interpreter::make_types() {
    types_.stream = make_stream_type();
    types_.input = make_input_type();
    types_.start_response = make_start_response_type();
    types_.write = make_write_type();
    types_.file_wrapper = make_file_wrapper_type();
    return types_.stream && types_.input && types_.start_response && types_.write &&
           types_.file_wrapper;
}

// The module mod_wsgi, which an application imports to learn where it runs.
PyRef Interpreter::make_module() const {
    PyRef module = PyRef::steal(PyModule_New("mod_wsgi"));
    const auto add = [&](const char* name, const PyRef& value) {
        return module && value && PyModule_AddObjectRef(module.get(), name, value.get()) == 0;
    };
    const bool is_complete =
        add("version", PyRef::steal(Py_BuildValue("(iii)", 6, 0, 5))) &&
        add("process_group", text(settings_.process_group)) &&
        add("application_group", text(name_)) &&
        add("maximum_processes", PyRef::steal(PyLong_FromLong(settings_.processes))) &&
        add("threads_per_process", PyRef::steal(PyLong_FromLong(settings_.threads))) &&
        add("FileWrapper", types_.file_wrapper) &&
        PyDict_SetItemString(PyImport_GetModuleDict(), "mod_wsgi", module.get()) == 0;
    return is_complete ? std::move(module) : PyRef();
}

bool Interpreter::run_prelude(PyObject* module, unsigned long main_thread) {
    const PyRef globals = PyRef::steal(PyDict_New());
    const auto add = [&](const char* name, const PyRef& value) {
        return globals && value && PyDict_SetItemString(globals.get(), name, value.get()) == 0;
    };
    PyTypeObject* const stream = Types::type(types_.stream);
    const PyRef streams = PyRef::steal(Py_BuildValue(
        "(NNN)",
        make_stream(stream, "wsgi.errors").release(),
        make_stream(stream, "stdout").release(),
        make_stream(stream, "stderr").release()
    ));
    const bool is_ready =
        add("__builtins__", PyRef::borrow(PyEval_GetBuiltins())) && add("streams", streams) &&
        add("say", PyRef::steal(PyCFunction_New(&kSay, module))) &&
        add("home", text(settings_.home)) && add("python_path", path_list(settings_.python_path)) &&
        add("is_main", PyRef::steal(PyBool_FromLong(static_cast<long>(name_.empty())))) &&
        add("fork_begins", make_fork_begins(description_)) &&
        add("fork_ended", make_fork_ended()) &&
        add("main_thread", PyRef::steal(PyLong_FromUnsignedLong(main_thread)));
    const PyRef code =
        is_ready ? PyRef::steal(Py_CompileString(kPrelude, "<prelude>", Py_file_input)) : PyRef();
    const PyRef result =
        code ? PyRef::steal(PyEval_EvalCode(code.get(), globals.get(), globals.get())) : PyRef();
    if (!result) {
        return false;
    }
    errors_ = PyRef::borrow(PyDict_GetItemString(globals.get(), "errors"));
    return true;
}

Environ& Interpreter::environ_of(Gil& gil, std::uint32_t host) {
    if (last_environ_ != nullptr && host == last_host_) {
        return *last_environ_;
    }
    std::unique_ptr<Environ>& environ = environs_[host];
    if (!environ) {
        const auto found = std::ranges::lower_bound(settings_.hosts, host, {}, &HostEnviron::host);
        const bool is_known = found != settings_.hosts.end() && found->host == host;
        environ = std::make_unique<Environ>(
            gil,
            settings_,
            is_known ? &*found : nullptr,
            EnvironObjects{errors_.get(), types_.file_wrapper.get(), Types::type(types_.input)}
        );
    }
    last_host_ = host;
    last_environ_ = environ.get();
    return *environ;
}

}  // namespace interp
