#include "core/server/tools/check/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace server {
namespace {

std::string key(std::string_view directive, std::uint32_t host) {
    return fmt::format("{} {}", host, directive);
}

}  // namespace

Report::Report(const config::Config& config, const std::vector<config::Finding>& said)
    : config_(config) {
    for (const auto& finding : said) {
        if (finding.kind == config::Finding::Kind::kTaken) {
            places_[key(finding.sentence, finding.host)] = finding.place;
        }
    }
}

void Report::add(std::vector<config::Finding> findings) {
    std::ranges::move(findings, std::back_inserter(findings_));
}

config::Place Report::place_of(std::string_view directive, std::uint32_t host) const {
    for (const auto number : {host, 0U}) {
        if (const auto found = places_.find(key(directive, number)); found != places_.end()) {
            return found->second;
        }
    }
    return config_.hosts.at(host).place;
}

}  // namespace server
