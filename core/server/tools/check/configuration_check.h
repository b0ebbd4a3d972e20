// What `hoopsnake -t` asks beyond syntax: whether what the configuration speaks about is there, may
// be read by those who have to, and can ever be reached. Looks at files, users and ports, changes
// nothing. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/config/language/finding.h"
#include "core/config/model/config.h"

namespace server {

// What keeps the server from starting, or a request from an answer, is a problem; what is merely
// not as somebody will have meant it is a remark. `said` is what the parser has found, which tells
// where directives stand; the answer is what there is to add.
std::vector<config::Finding> check_configuration(
    const config::Config& config, const std::vector<config::Finding>& said
);

// Of the handlers and types that `config` gives to files, those that nobody here implements; where
// it is that of a .htaccess file, `server` defines names for it.
std::vector<config::Finding> find_foreign_handlers(
    const config::Config& config, const config::Config& server
);

// The themes of it, in files of their own.
class Check {
public:
    Check(const config::Config& config, const std::vector<config::Finding>& said);

    void check_names();
    void check_files();
    void check_ports();
    void check_handlers();

    [[nodiscard]] std::vector<config::Finding> take() { return std::move(findings_); }

private:
    void check_claims(const config::VirtualHost& host);
    void check_addresses(const config::VirtualHost& host);
    void check_host_names();
    void check_accounts();
    void check_scripts();
    void check_documents();
    void check_overrides();
    void check_logs();
    void check_groups();
    void check_embedded_python();
    void check_tables();

    using Kind = config::Finding::Kind;

    void problem(const config::Place& place, std::string sentence) {
        findings_.push_back({Kind::kProblem, 0, place, std::move(sentence)});
    }
    void remark(const config::Place& place, std::string sentence) {
        findings_.push_back({Kind::kRemark, 0, place, std::move(sentence)});
    }
    // The last line of virtual host number `host`, or of the main server, that holds the directive.
    [[nodiscard]] config::Place place_of(std::string_view directive, std::uint32_t host) const;

    const config::Config& config_;
    std::unordered_map<std::string, config::Place> places_;  // by number of the host and directive
    std::vector<config::Finding> findings_;
};

}  // namespace server
