// Any bytes as a .htaccess file in which everything is allowed that may be (T-56): whatever it
// says, it sets nothing but what belongs to directories, and learns nothing of the server.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "core/base/check.h"
#include "core/config/dump.h"
#include "core/config/parser.h"

namespace {

constexpr const char* kSecret = "HOOPSNAKE_FUZZ_SECRET";
constexpr const char* kSecretValue = "7f3c-the-secret-91be";

void check_section(const config::Section& section) {
    CHECK(section.kind != config::SectionKind::kDirectory);
    CHECK(section.kind != config::SectionKind::kLocation);
    const auto& settings = section.settings;
    CHECK(!settings.process_group && !settings.application_group && !settings.restrict_process);
    CHECK(settings.handler_scripts.empty());
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const int kIsSet = ::setenv(kSecret, kSecretValue, 1);
    CHECK(kIsSet == 0);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const config::AllowOverride allowed{config::override_class::kAll, std::nullopt};
    const auto config = config::parse_htaccess(text, "/srv/www/.htaccess", allowed, {});
    if (config) {
        check(*config);
    } else {
        CHECK(config.error().what.starts_with("/srv/www/.htaccess"));
    }
    if (text.find(kSecretValue) == std::string_view::npos) {  // fuzzers find it, too
        const auto result = config ? config::dump(*config) : config.error().what;
        CHECK(result.find(kSecretValue) == std::string::npos);
    }
    return 0;
}
