// Worker: the Python side of one pool thread. No Python.h here: the rest of the program sees
// requests go in. Create, use and destroy it on one thread, while the Runtime lives.
#pragma once

#include <memory>

#include "core/base/result.h"
#include "interp/wsgi/block_observer.h"
#include "interp/wsgi/settings.h"
#include "interp/wsgi/task.h"

namespace interp {

// CPython up and down, once per process. Create it on the process's main thread, which becomes
// Python's main thread; create() returns with the GIL released. The destructor runs Python's
// finalisation (atexit, threads joined).
class Runtime {
public:
    // Hears of each script of Settings::early_imports that import_early() loads, in its thread.
    class ImportObserver {
    public:
        virtual ~ImportObserver() = default;
        virtual void on_import(const EarlyImport& script) noexcept = 0;
        virtual void on_imported() noexcept = 0;
    };

    static base::Result<std::unique_ptr<Runtime>> create(Settings settings);
    ~Runtime();
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    // Loads a script before the first request wants it; a failure is logged with its traceback.
    // Whose script it is matters only with `checks_owner`. False where it is a module that cannot
    // be served: nothing that anybody edits later would be noticed, as it is with a file.
    bool preload(
        const std::string& script_filename, const std::string& application_group, bool checks_owner
    );

    // Loads what Settings::early_imports has for the group, unless somebody has begun with it. Any
    // thread, without the GIL.
    void import_early(const std::string& application_group, ImportObserver* observer);

    // Readable when a script takes long to be imported. Whoever waits for that, without the GIL,
    // says so in the log: nobody else can.
    [[nodiscard]] int late_imports_fd() const;
    void tell_late_imports();
    // What has to be loaded before that request is answered, for people; "": nothing. Any thread.
    [[nodiscard]] std::string awaited_by(const Task& task);

    struct Impl;
    [[nodiscard]] Impl& impl() { return *impl_; }

private:
    explicit Runtime(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

class Worker {
public:
    // `number` counts from 1: mod_wsgi.thread_id.
    Worker(Runtime& runtime, int number, BlockObserver* observer);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // Takes the GIL, gives it back. Between the two run() may be called any number of times;
    // outside it takes the GIL for itself. The first acquire() of a thread leaves it to the first
    // run(), which knows the interpreter.
    void acquire();
    void release();
    [[nodiscard]] bool holds_gil() const;  // between acquire() and release()
    // Runs one request from environ to close(); always ends the task with finish() or abort(),
    // which are called with the GIL held.
    void run(Task& task);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// "3.11.2": the Python that this program was built with; `how` it is linked: "static", "static PIC"
// or "shared".
std::string python_version();
// Whether this program's Python starts from `home`, an installation or a virtual environment. The
// error is a sentence that begins with it.
base::Result<> check_python_home(const std::string& home);
std::string python_linkage();

}  // namespace interp
