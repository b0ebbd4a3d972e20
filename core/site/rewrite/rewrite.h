// mod_rewrite at work: rules change where a request goes, or answer it. Pure but for the maps and
// the file system, which the caller may replace; any thread, one walk per thread.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/model/rewrite_rules.h"
#include "core/site/conditions/walk.h"
#include "core/site/rewrite/rewrite_map.h"

namespace site {

// What a condition may know of a file: that it exists, and of which kind it is.
struct FileFacts {
    bool is_file = false;  // the last three and this follow links
    bool is_directory = false;
    bool has_content = false;
    bool is_executable = false;
    bool is_link = false;
    [[nodiscard]] bool exists() const { return is_file || is_directory || is_link; }
};
FileFacts facts_of_file(const std::string& path);

// Whether an expression holds, and what its last match has captured. Nothing where it could not be
// found out.
struct ExpressionAnswer {
    std::optional<bool> holds;
    std::array<std::string, base::Captures::kMax> groups;
};

// What rules work with. Lives as long as the virtual host.
struct RewriteMeans {
    const RewriteMaps* maps = nullptr;  // of the virtual host; null: none
    std::function<FileFacts(const std::string& path)> facts_of = facts_of_file;
    std::function<ExpressionAnswer(const config::Expression&, const Walk&)> evaluate;
    std::function<void(std::string)> trace;  // told each step, for `explain`; empty while serving
};

// What outlives an internal redirect. One for each request.
struct RewriteMemory {
    bool has_ended = false;                 // [END]: no more rules for this request
    int internal_redirects = 0;             // may be raised by whoever else redirects internally
    std::vector<std::string> cookies;       // values of Set-Cookie, for whatever is answered
    std::vector<std::string> cookie_names;  // each is set once
    std::size_t cookie_bytes = 0;           // of all so far
    std::vector<std::string> vary;          // header fields that conditions have looked at
};

struct Rewritten {
    enum class Kind {
        kNothing,           // the walk goes on as if there were no rules
        kUri,               // [PT]: Walk::uri and query have changed, and are still to be mapped
        kFile,              // Walk::filename and query are decided; no alias is asked
        kInternalRedirect,  // redirect_internally() has changed the walk; start with the first
                            // phase
        kRedirect,          // answer with `status` and `location`
        kStatus,            // answer with `status`
    };
    Kind kind = Kind::kNothing;
    int status = 0;
    std::string location;      // a URL or a path, with query; no byte in it ends a header field
    std::string reason;        // of a status that no rule has asked for: for the error log
    std::string handler;       // [H=…], lower case; "" for none
    std::string content_type;  // [T=…], likewise
};

// The rules of a server or virtual host (config::rewriting_of_host), for a URL that has no file
// name yet. Sets SCRIPT_URL and SCRIPT_URI where the engine is on.
Rewritten rewrite_url(
    const config::RewriteRules& rules, Walk& walk, RewriteMemory& memory, const RewriteMeans& means
);

// Where a file has been found, as far as rules of a directory ask for it.
struct FoundIn {
    std::string_view alias_path;    // the Alias that has led to it, and its target; both empty
    std::string_view alias_target;  // where the file lies below DocumentRoot
    bool may_follow_links = true;   // Options has FollowSymLinks or SymLinksIfOwnerMatch
};

// The merged rules of the file's directory. Walk::filename is the file, or a directory with a final
// "/" if the URL has one; path_info is what is left.
Rewritten rewrite_file(
    const config::RewriteRules& rules,
    const FoundIn& found_in,
    Walk& walk,
    RewriteMemory& memory,
    const RewriteMeans& means
);

inline constexpr int kInternalRedirectsMax = 10;

}  // namespace site
