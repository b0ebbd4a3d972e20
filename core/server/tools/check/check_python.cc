// Of `hoopsnake -t`: installations of Python, and what its paths name.
#include <fmt/format.h>

#include "core/server/process/reach.h"
#include "core/server/process/sibling.h"
#include "core/server/tools/check/checks.h"
#include "core/server/tools/rights/file_state.h"
#include "interp/worker.h"

namespace server {
namespace {

// "" where a Python starts from it, in this program or in a sibling.
std::string against_home(const std::string& home) {
    if (home.empty()) {
        return {};
    }
    if (state_of(home) == FileState::kMissing) {
        return missing(home);
    }
    const auto sibling = sibling_for(home);
    if (!sibling) {
        return sibling.error().what;
    }
    const auto ours = *sibling ? base::Result<>() : interp::check_python_home(home);
    return ours ? std::string() : ours.error().what;
}

void check_path(
    const std::vector<std::string>& path,
    std::string_view about,
    const config::Place& place,
    Report& report
) {
    for (const auto& directory : path) {
        if (state_of(directory) == FileState::kMissing) {
            report.remark(place, fmt::format("{}{}", about, missing(directory)));
        }
    }
}

// Other programs run process groups only.
void check_embedded(const config::Config& config, Report& report) {
    const auto sibling = sibling_for(config.python_home);
    if (sibling && *sibling && !Reach(config).embedded_hosts().empty()) {
        report.problem(
            report.place_of("WSGIPythonHome", 0),
            fmt::format(
                "WSGIPythonHome: {} is for {}, and embedded mode, which is in use, runs in this "
                "program with Python {}; give process groups python-home=",
                config.python_home,
                **sibling,
                interp::python_version()
            )
        );
    }
}

}  // namespace

void check_python(const config::Config& config, Report& report) {
    if (const auto against = against_home(config.python_home); !against.empty()) {
        report.problem(report.place_of("WSGIPythonHome", 0), "WSGIPythonHome: " + against);
    }
    check_path(
        config.python_path, "WSGIPythonPath: ", report.place_of("WSGIPythonPath", 0), report
    );
    for (const auto& group : config.daemon_groups) {
        const std::string about = fmt::format("WSGIDaemonProcess {}: ", group.name);
        if (const auto against = against_home(group.python_home); !against.empty()) {
            report.problem(group.place, about + "python-home=" + against);
        }
        check_path(group.python_path, about + "python-path=", group.place, report);
    }
    check_embedded(config, report);
}

}  // namespace server
