// What may be said per directory: in <Directory>, <Files>, <Location>, <If> and their kin, in
// .htaccess, and outside of all sections, where it is what the sections start from. Plain data; a
// member without a value leaves to the outer section what it is about.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/expression/expression.h"
#include "core/config/model/access_rules.h"
#include "core/config/model/environment_rules.h"
#include "core/config/model/place.h"
#include "core/config/model/redirect.h"
#include "core/config/model/rewrite_rules.h"

namespace config {

// The name of the group that is none: the server processes themselves where a process group is
// meant (embedded mode), the main interpreter where an application group is.
inline constexpr const char* kGlobalGroup = "%{GLOBAL}";

// Options, as bits.
namespace option {
using Bits = std::uint8_t;
inline constexpr Bits kExecCgi = 1;
inline constexpr Bits kFollowSymLinks = 2;
inline constexpr Bits kSymLinksIfOwnerMatch = 4;
inline constexpr Bits kIndexes = 8;
inline constexpr Bits kMultiViews = 16;
inline constexpr Bits kIncludes = 32;
inline constexpr Bits kIncludesNoExec = 64;
inline constexpr Bits kAll = kExecCgi | kFollowSymLinks | kIndexes | kIncludes;
inline constexpr Bits kDefault = kFollowSymLinks;
}  // namespace option

// Options: absolute, or added to and removed from what the outer section has.
struct Options {
    std::optional<option::Bits> absolute;
    option::Bits added = 0;
    option::Bits removed = 0;

    void overlay(const Options& inner);
    [[nodiscard]] option::Bits bits() const;  // once everything has been merged
};

// AllowOverride and AllowOverrideList: what .htaccess may say.
namespace override_class {
using Bits = std::uint8_t;
inline constexpr Bits kNone = 0;
inline constexpr Bits kAuthConfig = 1;
inline constexpr Bits kFileInfo = 2;
inline constexpr Bits kIndexes = 4;
inline constexpr Bits kLimit = 8;
inline constexpr Bits kOptions = 16;
inline constexpr Bits kAll = 31;
}  // namespace override_class

struct AllowOverride {
    override_class::Bits classes = override_class::kNone;
    std::optional<option::Bits> options;  // Options=…: only these; none: all of them
    bool passes_over_forbidden = false;   // Nonfatal=Override: what may not stand there is ignored
    bool passes_over_unknown = false;     // Nonfatal=Unknown
    bool operator==(const AllowOverride&) const = default;
};

enum class AcceptPathInfo : std::uint8_t { kDefault, kOn, kOff };

// WSGIHandlerScript.
struct HandlerScript {
    std::string name;
    std::string script;
    std::optional<std::string> process_group;
    std::optional<std::string> application_group;
    std::optional<bool> pass_authorization;
    Place place;
};

// WSGIDispatchScript.
struct DispatchScript {
    std::string script;
    std::string application_group;  // as written; "%{GLOBAL}" is the main interpreter
    Place place;
};

// ErrorDocument.
struct ErrorDocument {
    enum class Kind : std::uint8_t { kDefault, kText, kLocalPath, kUrl };
    Kind kind = Kind::kDefault;
    std::string text;                      // the text, the path or the URL
    std::optional<Expression> expression;  // of a text: it may hold %{variables}
};

// An extension of file names: AddHandler, RemoveHandler, AddType, RemoveType.
struct ExtensionRule {
    std::string extension;  // lower case, without the dot
    std::string value;      // the handler or type; "" takes away what the outer section has said
    Place place{};
};

struct DirectorySettings {
    std::optional<std::string> process_group;  // WSGIProcessGroup; as written; default "%{GLOBAL}"
    Place process_group_place;
    std::optional<std::string> application_group;  // WSGIApplicationGroup; default "%{RESOURCE}"
    std::optional<std::string> callable;           // WSGICallableObject; default "application"
    std::optional<bool> pass_authorization;        // WSGIPassAuthorization; default Off
    std::optional<bool> script_reloading;          // WSGIScriptReloading; default On
    std::optional<std::vector<std::string>> restrict_process;  // WSGIRestrictProcess
    std::vector<HandlerScript> handler_scripts;                // WSGIHandlerScript
    std::optional<DispatchScript> dispatch_script;             // WSGIDispatchScript

    Options options;
    std::optional<AllowOverride> allow_override;                  // default None
    std::optional<std::vector<std::string>> allow_override_list;  // AllowOverrideList
    std::optional<AcceptPathInfo> accept_path_info;
    std::optional<std::string> handler;  // SetHandler; "" where it says None
    Place handler_place;
    std::vector<ExtensionRule> handlers;    // AddHandler, RemoveHandler
    std::optional<std::string> force_type;  // ForceType; "" where it says None
    Place force_type_place;
    std::vector<ExtensionRule> types;                         // AddType, RemoveType
    std::optional<std::vector<std::string>> directory_index;  // DirectoryIndex; default index.html
    std::optional<bool> directory_slash;                      // DirectorySlash; default On
    std::optional<std::string> fallback_resource;  // FallbackResource; "" where it says disabled
    std::map<int, ErrorDocument> error_documents;
    std::vector<Redirect> redirects;  // of a section; those of a server are in VirtualHost
    EnvironmentRules environment;
    RewriteRules rewriting;
    AccessRules access;

    // Puts `inner` over what stands here, as Apache merges an inner section.
    void overlay(const DirectorySettings& inner);
};

}  // namespace config
