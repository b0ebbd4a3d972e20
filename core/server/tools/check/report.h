// What -t finds beyond syntax, while it is being found: each thing has the line that it is about.
// One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/config/findings/finding.h"
#include "core/config/model/config.h"

namespace server {

class Report {
public:
    // `said` is what the parser has found: it tells where directives stand.
    Report(const config::Config& config, const std::vector<config::Finding>& said);

    void problem(const config::Place& place, std::string sentence) {
        findings_.push_back({config::Finding::Kind::kProblem, 0, place, std::move(sentence)});
    }
    void remark(const config::Place& place, std::string sentence) {
        findings_.push_back({config::Finding::Kind::kRemark, 0, place, std::move(sentence)});
    }
    void add(std::vector<config::Finding> findings);
    // The last line of virtual host number `host`, or of the main server, that holds the directive.
    [[nodiscard]] config::Place place_of(std::string_view directive, std::uint32_t host) const;

    [[nodiscard]] std::vector<config::Finding> take() { return std::move(findings_); }

private:
    const config::Config& config_;
    std::unordered_map<std::string, config::Place> places_;  // by number of the host and directive
    std::vector<config::Finding> findings_;
};

}  // namespace server
