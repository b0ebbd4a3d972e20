#include "interp/application/script.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <utility>

#include "core/base/files/file_state.h"
#include "core/base/system/fd.h"
#include "interp/application/returned_child.h"
#include "interp/application/script_callable.h"
#include "interp/python/import_lock.h"
#include "interp/python/py_error.h"
#include "interp/wsgi/environ/equal.h"
#include "interp/wsgi/errors.h"

namespace interp {

struct Scripts::Script {
    std::string filename;
    PyRef module;                 // null: to be loaded
    PyRef name;                   // its place in sys.modules; files only
    base::FileVersion version;    // of the file that `module` came from
    std::int64_t checked = 0;     // when the file was looked at; milliseconds
    bool decides_itself = false;  // the module defines reload_required()
    bool is_owned = false;        // the file that `module` came from was its owner's to run
    base::LinkRule links;         // the strictest under which that file has been found
    ScriptCallable callable;
    GilMutex loading;

    [[nodiscard]] bool is_file() const { return filename.front() == '/'; }
    // What is in memory may be run under that rule without another look.
    [[nodiscard]] bool has_passed(const ScriptRule& rule) const {
        return !is_file() || ((is_owned || !rule.wants_owner()) && links.is_within(rule.links));
    }
};

namespace {

// Where the configuration itself names the file.
const ScriptOwner kAnybody{};

std::int64_t milliseconds() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
}

void log_error(std::string_view message) { ThreadLog::mine().say(base::LogLevel::kError, message); }

// 200, or what the client gets because there is no such file; the reason is in the log then. Where
// there is a rule, `file` is what has been looked at: whoever loads the script reads that.
int find_file(
    const std::string& filename, const ScriptRule& rule, base::Fd& file, struct stat& status
) {
    int error = 0;
    if (rule.is_free()) {
        error = stat(filename.c_str(), &status) == 0 ? 0 : errno;
    } else {
        std::string complaint;
        file = open_script(filename, rule, complaint);
        error = file.is_open() && fstat(file.get(), &status) == 0 ? 0 : errno;
        if (!complaint.empty()) {
            log_error(complaint);
            return 403;
        }
    }
    if (error == 0 && !S_ISREG(status.st_mode)) {
        error = S_ISDIR(status.st_mode) ? EISDIR : EACCES;
    }
    if (error == 0) {
        return 200;
    }
    log_error(fmt::format(
        "Target WSGI script not found or unable to stat: {}: {}", filename, std::strerror(error)
    ));
    return error == ENOENT || error == ENOTDIR  ? 404
           : error == EACCES || error == EISDIR ? 403
                                                : 500;
}

// No program is that large, but a file that somebody goes on writing may be of any size.
constexpr std::size_t kSourceMax = 16 * 1024 * 1024;

// The source up to its first NUL byte, of `file` or, where that is not open, of what has the name
// by now. An OSError is set when it cannot be read. Whatever the name has come to stand for since
// it was looked at: this ends. A FIFO would keep open() or read() waiting, a device might never
// end.
std::optional<std::string> read_file(
    Gil& gil, const std::string& filename, base::Fd file, base::FileVersion& version
) {
    std::string source;
    int error = 0;
    {
        Gil::Released released(gil);
        if (!file.is_open()) {
            std::string complaint;  // nothing is asked of it
            file = open_script(filename, {kAnybody, {}}, complaint);
        }
        struct stat status {};
        if (!file.is_open() || fstat(file.get(), &status) != 0) {
            error = errno;
        } else if (!S_ISREG(status.st_mode)) {
            error = EACCES;
        }
        version = base::FileVersion::of(status);
        char block[16 * 1024];
        ssize_t count = 0;
        while (error == 0 && (count = read(file.get(), block, sizeof block)) > 0) {
            source.append(block, static_cast<std::size_t>(count));
            error = source.size() > kSourceMax ? EFBIG : 0;
        }
        error = count < 0 ? errno : error;
    }
    if (error != 0) {
        errno = error;
        PyErr_SetFromErrnoWithFilename(PyExc_OSError, filename.c_str());
        return std::nullopt;
    }
    return source.substr(0, source.find('\0'));
}

PyRef path_object(const std::string& filename) {
    return PyRef::steal(
        PyUnicode_DecodeFSDefaultAndSize(filename.data(), static_cast<Py_ssize_t>(filename.size()))
    );
}

// "_mod_wsgi_" + md5(path): a name that scripts of the same file name in other folders do not
// share.
PyRef module_name(const std::string& filename) {
    // Not hashlib, which loads OpenSSL: 1.4 MB and 7 ms for each process.
    const PyRef module = PyRef::steal(PyImport_ImportModule("_md5"));
    const PyRef md5 = module ? PyRef::steal(PyObject_GetAttrString(module.get(), "md5")) : PyRef();
    const PyRef arguments = PyRef::steal(
        Py_BuildValue("(y#)", filename.data(), static_cast<Py_ssize_t>(filename.size()))
    );
    const PyRef keywords = PyRef::steal(Py_BuildValue("{s:O}", "usedforsecurity", Py_False));
    const PyRef hash = md5 && arguments && keywords
                           ? PyRef::steal(PyObject_Call(md5.get(), arguments.get(), keywords.get()))
                           : PyRef();
    const PyRef digest =
        hash ? PyRef::steal(PyObject_CallMethod(hash.get(), "hexdigest", nullptr)) : PyRef();
    return digest ? PyRef::steal(PyUnicode_FromFormat("_mod_wsgi_%U", digest.get())) : PyRef();
}

// Runs the file as a new module. Null with an exception set when that fails; then it is not in
// sys.modules.
PyRef load_file(
    Gil& gil, const std::string& filename, base::Fd file, PyObject* name, base::FileVersion& version
) {
    const auto source = read_file(gil, filename, std::move(file), version);
    const PyRef path = path_object(filename);
    if (!source || !path) {
        return {};
    }
    const PyRef code =
        PyRef::steal(Py_CompileStringObject(source->c_str(), path.get(), Py_file_input, nullptr, -1)
        );
    if (!code) {
        return {};
    }
    PyObject* modules = PyImport_GetModuleDict();
    if (PyDict_Contains(modules, name) == 1 && PyDict_DelItem(modules, name) != 0) {
        return {};
    }
    PyRef module =
        PyRef::steal(PyImport_ExecCodeModuleObject(name, code.get(), path.get(), nullptr));
    if (module &&
        PyModule_AddIntConstant(module.get(), "__mtime__", version.modified.seconds) != 0) {
        return {};
    }
    return module;
}

// "package.module:name" → the module.
PyRef import_module(const std::string& target) {
    return PyRef::steal(PyImport_ImportModule(target.substr(0, target.find(':')).c_str()));
}

}  // namespace

Scripts::Scripts(std::string interpreter, const ScriptOwner& owner, ImportWatch& imports)
    : interpreter_(std::move(interpreter)), owner_(owner), imports_(imports) {}
Scripts::~Scripts() = default;

Scripts::Script* Scripts::known(const std::string& filename) {
    if (last_ != nullptr && is_equal(last_->filename, filename)) {
        return last_;
    }
    const auto found = scripts_.find(filename);
    return found == scripts_.end() ? nullptr : found->second.get();
}

// 200, and `script` is what is known of that file, which may be nothing yet; or the status for the
// client.
int Scripts::locate(const std::string& filename, const ScriptRule& rule, Script*& script) {
    script = known(filename);
    if (script == nullptr) {
        base::Fd file;
        struct stat status {};
        if (const int found =
                filename.front() == '/' ? find_file(filename, rule, file, status) : 200;
            found != 200) {
            return found;  // and is not remembered: clients can think of many names
        }
        auto made = std::make_unique<Script>();
        made->filename = filename;
        script = (scripts_[filename] = std::move(made)).get();
    }
    last_ = script;
    last_number_ = 0;
    return 200;
}

// 200, and `script` has a fresh module; or the status for the client.
int Scripts::ready(
    Gil& gil,
    const std::string& filename,
    const std::string& resource,
    const ScriptRule& rule,
    Script*& script
) {
    const int status = locate(filename, rule, script);
    return status == 200 ? prepare(gil, *script, resource, rule) : status;
}

// Likewise, and it knows which callable is wanted. Most requests want the script of the last one.
int Scripts::ready(Gil& gil, const Wanted& wanted, Script*& script) {
    const ScriptRule rule{owner_, wanted.links};
    const bool is_last = wanted.number != 0 && wanted.number == last_number_;
    script = last_;
    if (const int status = is_last ? 200 : locate(wanted.filename, rule, script); status != 200) {
        return status;
    }
    const bool is_settled = !wanted.reloads && script->module && script->has_passed(rule);
    if (const int status = is_settled ? 200 : prepare(gil, *script, wanted.resource, rule);
        status != 200) {
        return status;
    }
    // Another thread may have wanted something else meanwhile.
    if (wanted.number == 0 || wanted.number != last_number_) {
        script->callable.want(wanted.callable);
        last_ = script;
        last_number_ = wanted.number;
    }
    return 200;
}

int Scripts::preload(Gil& gil, const std::string& filename, bool checks_owner) {
    Script* script = nullptr;
    const ScriptRule rule{checks_owner ? owner_ : kAnybody, {}};
    const int status = ready(gil, filename, filename, rule, script);
    if (status != 200 || script->is_file()) {
        return status;
    }
    const std::size_t colon = filename.find(':');
    const std::string callable =
        colon == std::string::npos ? "application" : filename.substr(colon + 1);
    const std::string no_resource;
    return find(gil, {filename, callable, no_resource, false, {}}).status;
}

PyRef Scripts::module(Gil& gil, const std::string& filename) {
    Script* script = nullptr;
    const int status = ready(gil, filename, {}, {kAnybody, {}}, script);
    return status == 200 ? PyRef::borrow(script->module.get()) : PyRef();
}

Scripts::Found Scripts::find(Gil& gil, const Wanted& wanted) {
    Script* script = nullptr;
    if (const int status = ready(gil, wanted, script); status != 200) {
        return {PyRef(), status};
    }
    Found found{script->callable.find(script->module.get(), script->filename)};
    if (!found.callable) {
        PyErr_Clear();
        log_error(fmt::format(
            "Target WSGI script '{}' does not contain WSGI application '{}'.",
            wanted.filename,
            wanted.callable
        ));
        found.status = 500;
    }
    return found;
}

// Makes `module` present and fresh: 200, or the status for the client.
int Scripts::prepare(
    Gil& gil, Script& script, const std::string& resource, const ScriptRule& rule
) {
    const std::int64_t now = milliseconds();
    const auto is_fresh = [&] {
        return script.module && !script.decides_itself && script.has_passed(rule) &&
               (!script.is_file() || now - script.checked < kFreshnessMilliseconds);
    };
    if (is_fresh() && !script.loading.is_locked()) {
        return 200;
    }
    const ImportWatch::Waiting waiting(
        imports_, ThreadLog::mine().task(), script.filename, interpreter_
    );
    GilMutex::Holder holder(script.loading);
    if (is_fresh()) {
        return 200;  // another thread has just done it
    }
    base::Fd file;
    if (script.is_file()) {
        struct stat status {};
        if (const int found = find_file(script.filename, rule, file, status); found != 200) {
            return found;
        }
        script.checked = now;
        // A module that was loaded for nobody in particular comes from the file that was looked at
        // just now only if it is loaded again. Links are another matter: the same file has been
        // found without those that are forbidden.
        if (script.module && (script.is_owned || !rule.wants_owner()) &&
            script.version == base::FileVersion::of(status) &&
            !wants_reload(gil, script, resource)) {
            if (!script.links.is_within(rule.links)) {
                script.links = rule.links;
            }
            return 200;
        }
    }
    return load(gil, script, rule, std::move(file)) ? 200 : 500;
}

// The module may have lost its __mtime__, or decide with reload_required(resource); "" is none.
bool Scripts::wants_reload(Gil& gil, const Script& script, const std::string& resource) const {
    PyObject* globals = PyModule_GetDict(script.module.get());
    if (PyDict_GetItemString(globals, "__mtime__") == nullptr) {
        return true;
    }
    if (!script.decides_itself || resource.empty()) {
        return false;
    }
    const PyRef path = path_object(resource);
    const PyRef answer =
        PyRef::steal(PyObject_CallMethod(script.module.get(), "reload_required", "O", path.get()));
    const int is_wanted = answer ? PyObject_IsTrue(answer.get()) : -1;
    if (answer) {
        leave_if_forked(EXIT_FAILURE);
    }
    if (is_wanted < 0) {
        log_failure(gil, script.filename);
    }
    return is_wanted > 0;
}

bool Scripts::load(Gil& gil, Script& script, const ScriptRule& rule, base::Fd file) {
    ThreadLog::mine().say(
        base::LogLevel::kInfo,
        fmt::format(
            "{} WSGI script '{}' into {}.",
            script.module ? "Reloading" : "Loading",
            script.filename,
            interpreter_
        )
    );
    const std::string what = fmt::format("script '{}' into {}", script.filename, interpreter_);
    const ImportWatch::Loading loading(imports_, ThreadLog::mine().log(), what);
    script.module.reset();
    script.is_owned = false;
    if (!script.name && script.is_file()) {
        script.name = module_name(script.filename);
    }
    if (!script.is_file()) {
        script.module = import_module(script.filename);
    } else if (script.name) {
        script.module =
            load_file(gil, script.filename, std::move(file), script.name.get(), script.version);
        script.is_owned = script.module && rule.wants_owner();
        script.links = rule.links;
    }
    if (!script.module) {
        log_failure(gil, script.filename);
        return false;
    }
    leave_if_forked(EXIT_FAILURE);
    imports_.note_lock(is_import_lock_held() ? what : std::string());
    script.decides_itself =
        script.is_file() &&
        PyDict_GetItemString(PyModule_GetDict(script.module.get()), "reload_required") != nullptr;
    return true;
}

void Scripts::log_failure(Gil& gil, const std::string& filename) const {
    const PyError error = PyError::fetch(gil);
    leave_if_forked(error);
    log_error(fmt::format("Failed to exec Python script file '{}' for {}.", filename, interpreter_)
    );
    log_error(fmt::format(
        "{} exception raised processing WSGI script '{}' for {}.",
        error.type_name(),
        filename,
        interpreter_
    ));
    log_error(error.traceback());
}

}  // namespace interp
