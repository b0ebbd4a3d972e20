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

// "" where `reader` can start it; null is nobody whom one could ask for.
std::string against_reader(const std::string& home, const Reader* reader) {
    using Wanted = Reader::Wanted;
    if (home.empty() || reader == nullptr) {
        return {};
    }
    const auto refused = [&](const std::string& path, Wanted wanted) {
        const bool is_there = state_of(path) != FileState::kMissing;
        const auto obstacle = is_there ? reader->obstacle(path, wanted) : std::string();
        return obstacle.empty()
                   ? std::string()
                   : fmt::format("{} may not read {}: {}", reader->name(), path, obstacle);
    };
    if (auto found = refused(home, Wanted::kSearch); !found.empty()) {
        return found;
    }
    if (auto found = refused(home + "/pyvenv.cfg", Wanted::kRead); !found.empty()) {
        return found;
    }
    const bool has_newer_name = state_of(home + "/bin/python3") != FileState::kMissing;
    return refused(home + (has_newer_name ? "/bin/python3" : "/bin/python"), Wanted::kFind);
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

void check_python(const config::Config& config, ReadingUsers& users, Report& report) {
    auto against = against_home(config.python_home);
    // Server processes start it, but for a sibling's.
    const auto sibling = sibling_for(config.python_home);
    if (against.empty() && sibling && !*sibling) {
        against = against_reader(config.python_home, users.of(nullptr));
    }
    if (!against.empty()) {
        report.problem(report.place_of("WSGIPythonHome", 0), "WSGIPythonHome: " + against);
    }
    check_path(
        config.python_path, "WSGIPythonPath: ", report.place_of("WSGIPythonPath", 0), report
    );
    for (const auto& group : config.daemon_groups) {
        const std::string about = fmt::format("WSGIDaemonProcess {}: ", group.name);
        const bool has_own = !group.python_home.empty();
        auto against_own = against_home(group.python_home);
        if (against_own.empty()) {
            const auto& home = has_own ? group.python_home : config.python_home;
            against_own = against_reader(home, users.of(&group));
        }
        if (!against_own.empty()) {
            report.problem(
                group.place, about + (has_own ? "python-home=" : "WSGIPythonHome: ") + against_own
            );
        }
        check_path(group.python_path, about + "python-path=", group.place, report);
    }
    check_embedded(config, report);
}

}  // namespace server
