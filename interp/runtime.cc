#include "interp/runtime.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/base/process/way_to_file.h"
#include "interp/python/gil_request.h"
#include "interp/python/other_interpreters.h"
#include "interp/python/thread_state_room.h"
#include "interp/wsgi/errors.h"

#ifndef HOOPSNAKE_PYTHON_EXECUTABLE
#error "HOOPSNAKE_PYTHON_EXECUTABLE is the path of the Python that this program is built with"
#endif
#ifndef HOOPSNAKE_PYTHON_LINKAGE
#error "HOOPSNAKE_PYTHON_LINKAGE is static, static PIC or shared"
#endif

namespace interp {
namespace {

std::string short_version() { return fmt::format("{}.{}", PY_MAJOR_VERSION, PY_MINOR_VERSION); }

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// What this process sees at `path`, and where it may not look, which directory keeps it out.
base::Result<bool> is_there(const std::string& path) {
    if (const bool is_seen = exists(path); is_seen || errno != EACCES) {
        return is_seen;
    }
    const auto obstacle = base::obstacle_on_way(path);
    return base::fail(
        base::Fault::kConfig,
        fmt::format(
            "{} cannot be reached: {}", path, obstacle.empty() ? std::strerror(EACCES) : obstacle
        )
    );
}

// The Python of `home`, an installation or a virtual environment, so that CPython finds its
// standard library and pyvenv.cfg from there.
base::Result<std::string> executable_of(const std::string& home) {
    if (home.empty()) {
        return HOOPSNAKE_PYTHON_EXECUTABLE;
    }
    TRY(is_there(home));
    struct stat status {};
    const int error = stat(home.c_str(), &status) != 0 ? errno
                      : S_ISDIR(status.st_mode)        ? 0
                                                       : ENOTDIR;
    if (error != 0) {
        return base::fail(base::Fault::kConfig, fmt::format("{}: {}", home, std::strerror(error)));
    }
    const std::string library = home + "/lib/python" + short_version();
    const bool is_installation = TRY(is_there(library + "/os.py"));
    if (!is_installation && !(exists(home + "/pyvenv.cfg") && exists(library))) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format("{} is not a Python {}, the version in this program", home, short_version())
        );
    }
    for (const char* name : {"/bin/python3", "/bin/python"}) {
        if (TRY(is_there(home + name))) {
            return home + name;
        }
    }
    std::error_code error_of_link;
    const auto target = std::filesystem::read_symlink(home + "/bin/python3", error_of_link);
    if (!error_of_link) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format("{}/bin/python3 leads to {}, where nothing is", home, target.string())
        );
    }
    return base::fail(base::Fault::kConfig, fmt::format("{} has no bin/python3", home));
}

base::Result<> check(const PyStatus& status) {
    if (PyStatus_Exception(status) == 0) {
        return {};
    }
    return base::fail(
        base::Fault::kServer,
        fmt::format(
            "Python does not start: {}",
            status.err_msg == nullptr ? "no reason given" : status.err_msg
        )
    );
}

// PyConfig's memory is its own.
class Config {
public:
    Config() { PyConfig_InitPythonConfig(&config_); }
    ~Config() { PyConfig_Clear(&config_); }
    Config(const Config&) = delete;
    Config& operator=(const Config&) = delete;

    base::Result<> initialise(const std::string& executable) {
        config_.parse_argv = 0;
        config_.install_signal_handlers = 0;
        char name[] = "mod_wsgi";
        char* argv[] = {name};
        TRY(check(PyConfig_SetBytesArgv(&config_, 1, argv)));
        TRY(check(PyConfig_SetBytesString(&config_, &config_.program_name, executable.c_str())));
        TRY(check(PyConfig_SetBytesString(&config_, &config_.executable, executable.c_str())));
        return check(Py_InitializeFromConfig(&config_));
    }

private:
    PyConfig config_{};
};

// A client may choose a group's name (WSGIApplicationGroup %{HOST}), an application too, and each
// interpreter costs some megabytes for ever. One more for each virtual host: as many as a
// configuration without such names usually has.
constexpr std::size_t kInterpretersMax = 128;

}  // namespace

Interpreter* Runtime::Impl::interpreter(const std::string& application_group) {
    // A place of its own in the main interpreter, for a moment: the first thread state that a
    // thread keeps is the one that PyGILState_Ensure() finds, and that should be of the interpreter
    // that it works for.
    ThreadState place(PyInterpreterState_Main());
    Gil gil(place);
    GilMutex::Holder holder(making);
    const auto found = interpreters.find(application_group);
    if (found != interpreters.end()) {
        return found->second.get();
    }
    if (interpreters.size() >= kInterpretersMax + settings.hosts.size()) {
        ThreadLog::mine().say(
            base::LogLevel::kError,
            fmt::format(
                "The application group '{}' gets no interpreter: this process has {} of them "
                "already. Does WSGIApplicationGroup take its name from the request (%{{HOST}})?",
                application_group,
                interpreters.size()
            )
        );
        return nullptr;
    }
    auto made = Interpreter::create(gil, application_group, settings, imports, main_thread);
    if (!made) {
        ThreadLog::mine().say(base::LogLevel::kError, made.error().what);
        return nullptr;
    }
    return interpreters.emplace(application_group, std::move(*made)).first->second.get();
}

Runtime::Runtime(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

base::Result<std::unique_ptr<Runtime>> Runtime::create(Settings settings) {
    const auto executable = executable_of(settings.python_home);
    if (!executable) {
        return base::fail(executable.error().fault, "Python home " + executable.error().what);
    }
    auto impl = std::make_unique<Impl>(std::move(settings));
    TRY(impl->imports.open());
    if (impl->settings.process_group.empty()) {
        ThreadLog::bound_applications();
    }
    std::signal(SIGPIPE, SIG_IGN);
    if (!impl->settings.python_home.empty()) {
        // It would win over the home that the configuration names, as over a virtual environment.
        ::unsetenv("PYTHONHOME");
    }
    {
        Config config;
        TRY(config.initialise(*executable));
    }
    py::ThreadStateRoom::open();
    ::pthread_atfork(hoopsnake_before_fork, hoopsnake_after_fork, [] {
        hoopsnake_after_fork();
        hoopsnake_forget_other_interpreters();
    });
    impl->main_state = PyEval_SaveThread();
    start_asking_for_gil();
    impl->main_thread = PyThread_get_thread_ident();
    ThreadState place = ThreadState::adopt(impl->main_state);
    Gil gil(place);
    auto main = Interpreter::create(gil, "", impl->settings, impl->imports, impl->main_thread);
    if (!main) {
        return tl::unexpected<base::Error>(std::move(main).error());
    }
    impl->interpreters.emplace("", std::move(*main));
    return std::unique_ptr<Runtime>(new Runtime(std::move(impl)));
}

Runtime::~Runtime() {
    bool may_finalise = true;
    {
        ThreadState place = ThreadState::adopt(impl_->main_state);
        Gil gil(place);
        for (auto& [name, interpreter] : impl_->interpreters) {
            if (!name.empty()) {
                may_finalise &= Interpreter::end(gil, std::move(interpreter));
            }
        }
        if (!may_finalise) {
            Interpreter::run_exit_functions(gil);
        }
        impl_->interpreters.clear();
    }
    if (may_finalise) {
        stop_asking_for_gil();  // it looks into what Python now takes down
        PyEval_RestoreThread(impl_->main_state);
        Py_FinalizeEx();
    }
}

bool Runtime::Impl::preload(
    const std::string& script_filename, const std::string& application_group, bool checks_owner
) {
    const GilWork work;  // scripts that were loaded before may have left threads that compute
    Interpreter* const its = interpreter(application_group);
    const bool is_file = script_filename.starts_with('/');
    if (its == nullptr) {
        return is_file;
    }
    int status = 0;
    const auto load = [&](ThreadState& place) {
        Gil gil(place);
        status = its->scripts().preload(gil, script_filename, checks_owner);
    };
    if (application_group.empty() && PyThread_get_thread_ident() == main_thread) {
        ThreadState place = ThreadState::adopt(main_state);
        load(place);
    } else {
        ThreadState place(its->state());
        load(place);
    }
    return is_file || status == 200;
}

void Runtime::Impl::import_early(const std::string& application_group, ImportObserver* observer) {
    const EarlyImports::Turn turn(early_imports, application_group);
    for (const EarlyImport& script : turn.scripts()) {
        if (observer != nullptr) {
            observer->on_import(script);
        }
        preload(script.script_filename, script.application_group, false);
        if (observer != nullptr) {
            observer->on_imported();
        }
    }
}

bool Runtime::preload(
    const std::string& script_filename, const std::string& application_group, bool checks_owner
) {
    return impl_->preload(script_filename, application_group, checks_owner);
}

void Runtime::import_early(const std::string& application_group, ImportObserver* observer) {
    impl_->import_early(application_group, observer);
}

int Runtime::late_imports_fd() const { return impl_->imports.fd(); }

std::string Runtime::awaited_by(const Task& task) { return impl_->imports.awaited_by(task); }

void Runtime::tell_late_imports() { impl_->imports.tell_late(); }

std::string python_version() { return PY_VERSION; }

base::Result<> check_python_home(const std::string& home) {
    TRY(executable_of(home));
    return {};
}

std::string python_linkage() { return HOOPSNAKE_PYTHON_LINKAGE; }

}  // namespace interp
