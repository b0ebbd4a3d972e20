// Any bytes as a .htaccess file in which everything is allowed that may be (T-56): whatever it
// says, it sets nothing but what belongs to directories, and learns nothing of the server.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "core/config/configuration_parser.h"
#include "core/config/dump.h"

namespace {

void check_section(const config::Section& section) {
    CHECK(section.kind != config::SectionKind::kDirectory);
    CHECK(section.kind != config::SectionKind::kLocation);
    const auto& settings = section.settings;
    CHECK(!settings.process_group && !settings.application_group && !settings.restrict_process);
    CHECK(settings.handler_scripts.empty() && !settings.dispatch_script);
    CHECK(!settings.allow_override && !settings.allow_override_list);
}

void check(const config::Config& config) {
    CHECK(config.hosts.size() == 1);
    const auto& host = config.hosts.front();
    CHECK(host.server_name.empty() && host.server_aliases.empty() && host.document_root.empty());
    CHECK(host.mounts.empty() && host.aliases.empty() && host.redirects.empty());
    CHECK(host.directories.empty() && host.locations.empty() && !host.access_file_names);
    CHECK(host.settings.access_logs.empty() && !host.settings.error_log);
    CHECK(config.listeners.empty() && config.mounts.empty() && config.daemon_groups.empty());
    CHECK(config.user.empty() && config.group.empty() && config.python_path.empty());
    for (const auto& section : config.sections) {
        check_section(section);
    }
}

// What a variable of the server's own environment is must make no difference.
std::string read_with(const char* secret, std::string_view text) {
    CHECK(::setenv("HOOPSNAKE_FUZZ_SECRET", secret, 1) == 0);
    const config::AllowOverride allowed{config::override_class::kAll, std::nullopt};
    const auto config = config::parse_htaccess(text, "/srv/www/.htaccess", allowed, {});
    if (!config) {
        CHECK(config.error().what.starts_with("/srv/www/.htaccess"));
        return config.error().what;
    }
    check(*config);
    return config::dump(*config);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    CHECK(read_with("7f3c-the-secret-91be", text) == read_with("another", text));
    return 0;
}
