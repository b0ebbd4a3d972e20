#include "core/server/served_as.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "core/config/language/line_tokenizer.h"
#include "core/server/tools/rights/reading_rights.h"
#include "ipc/privileges.h"

namespace server {
namespace {

// Its owner, then those that distributions make for such work.
std::vector<std::string> candidates_for(const std::string& path) {
    std::vector<std::string> names;
    struct stat facts {};
    const passwd* const owner =
        ::stat(path.c_str(), &facts) == 0 && facts.st_uid != 0 ? ::getpwuid(facts.st_uid) : nullptr;
    if (owner != nullptr) {
        names.emplace_back(owner->pw_name);
    }
    names.insert(names.end(), {"www-data", "nobody"});
    return names;
}

std::string lines_for(const std::string& user, const std::string& group) {
    std::string text = fmt::format("User {}\n", config::in_quotes(user));
    text += group.empty() ? "" : fmt::format("Group {}\n", config::in_quotes(group));
    return text + (user == "root" || user == "#0" ? "AllowRoot On\n" : "");
}

}  // namespace

ServedAs served_as_whom(
    const std::string& user, const std::string& group, const std::string& path
) {
    if (::geteuid() != 0) {
        return {};
    }
    if (!user.empty()) {
        return {lines_for(user, group), ""};
    }
    std::string reason;
    std::error_code error;
    for (const std::string& name : candidates_for(path)) {
        const auto identity = ipc::resolve_identity(name, group);
        if (!identity) {
            continue;
        }
        const Reader reader(*identity);
        auto obstacle = reader.obstacle(path, Reader::Wanted::kRead);
        if (obstacle.empty() && std::filesystem::is_directory(path, error)) {
            obstacle = reader.obstacle(path, Reader::Wanted::kSearch);
        }
        if (obstacle.empty()) {
            return {
                lines_for(name, group),
                fmt::format("started by root; serves as {}, unless --user names another", name)};
        }
        reason = fmt::format("{} may not read {}: {}", name, path, obstacle);
    }
    return {
        lines_for("root", group),
        fmt::format(
            "serves as root; --user NAME would be safer{}{}", reason.empty() ? "" : ", but ", reason
        )};
}

}  // namespace server
