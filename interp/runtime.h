// What Runtime hides from the rest of the program: Python's main thread state and the interpreters.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "interp/application/early_imports.h"
#include "interp/application/import_watch.h"
#include "interp/application/interpreter.h"
#include "interp/python/gil.h"
#include "interp/worker.h"

namespace interp {

struct Runtime::Impl {
    explicit Impl(Settings settings_of_process)
        : settings(std::move(settings_of_process)),
          early_imports(settings.early_imports, settings.import_patience) {}

    // The interpreter of that application group, which is made if it is new; called without the
    // GIL. Several threads may ask for the same one. Null when it cannot be made: the reason is in
    // the log.
    Interpreter* interpreter(const std::string& application_group);

    // As Runtime's.
    bool preload(
        const std::string& script_filename, const std::string& application_group, bool checks_owner
    );
    void import_early(const std::string& application_group, ImportObserver* observer);

    const Settings settings;
    ImportWatch imports;
    EarlyImports early_imports;
    PyThreadState* main_state = nullptr;  // of the thread that made the Runtime
    unsigned long main_thread = 0;        // that thread
    // Guarded by the GIL; made one at a time by the holder of `making`.
    std::map<std::string, std::unique_ptr<Interpreter>, std::less<>> interpreters;
    GilMutex making;
};

}  // namespace interp
