#include "core/server/tools/check/configuration_check.h"

#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <charconv>

#include "core/config/language/files.h"
#include "core/server/supervisor/endpoints.h"

namespace server {
namespace {

std::string key(std::string_view directive, std::uint32_t host) {
    return fmt::format("{} {}", host, directive);
}

// Whether the process that a PidFile names is there.
bool is_running(const std::string& pid_file) {
    const auto text = config::read_file(pid_file);
    pid_t pid = 0;
    if (!text ||
        std::from_chars(text->data(), text->data() + text->size(), pid).ec != std::errc()) {
        return false;
    }
    return pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM);
}

}  // namespace

Check::Check(const config::Config& config, const std::vector<config::Finding>& said)
    : config_(config) {
    for (const auto& finding : said) {
        if (finding.kind == Kind::kTaken) {
            places_[key(finding.sentence, finding.host)] = finding.place;
        }
    }
}

config::Place Check::place_of(std::string_view directive, std::uint32_t host) const {
    for (const auto number : {host, 0U}) {
        if (const auto found = places_.find(key(directive, number)); found != places_.end()) {
            return found->second;
        }
    }
    return config_.hosts.at(host).place;
}

void Check::check_ports() {
    const bool runs = !config_.pid_file.empty() && is_running(config_.pid_file);
    for (const auto& obstacle : obstacles_of(config_.listeners)) {
        if (obstacle.is_in_use && runs) {
            remark(
                obstacle.place,
                obstacle.sentence + "; it is probably this server, as PidFile names one that runs"
            );
        } else if (obstacle.is_forbidden) {
            remark(obstacle.place, obstacle.sentence);
        } else {
            problem(obstacle.place, obstacle.sentence);
        }
    }
}

std::vector<config::Finding> check_configuration(
    const config::Config& config, const std::vector<config::Finding>& said
) {
    Check check(config, said);
    check.check_names();
    check.check_files();
    check.check_handlers();
    check.check_ports();
    return check.take();
}

}  // namespace server
