#include "core/server/daemon/daemon_python.h"

#include <utility>

namespace server {
namespace {

interp::Settings settings_of(ipc::DaemonSetup& setup) {
    interp::Settings settings;
    settings.process_group = setup.process_group;
    settings.python_home = setup.python_home;
    settings.home = setup.home;
    settings.python_path = setup.python_path;
    settings.threads = static_cast<int>(setup.threads);
    settings.stack_size = setup.stack_size;
    settings.processes = static_cast<int>(setup.processes);
    settings.is_multiprocess = setup.is_multiprocess;
    settings.server_software = setup.server_software;
    settings.script_owner = {
        static_cast<interp::ScriptOwner::Kind>(setup.script_owner.kind),
        setup.script_owner.id,
        setup.script_owner.option};
    for (ipc::DaemonSetup::Host& host : setup.hosts) {
        settings.hosts.push_back({host.index, std::move(host.environ)});
    }
    return settings;
}

}  // namespace

base::Result<std::unique_ptr<interp::Runtime>> start_python(ipc::DaemonSetup& setup) {
    auto runtime = TRY(interp::Runtime::create(settings_of(setup)));
    for (const ipc::DaemonSetup::Preload& preload : setup.preloads) {
        if (!runtime->preload(
                preload.script_filename, preload.application_group, preload.checks_owner
            )) {
            return base::fail(
                base::Fault::kApplication, preload.script_filename + " cannot be served"
            );
        }
    }
    return runtime;
}

}  // namespace server
