// A section of the configuration: where its settings count. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/text/regex.h"
#include "core/config/expression/expression.h"
#include "core/config/model/directory_settings.h"

namespace config {

enum class SectionKind : std::uint8_t {
    kServer,     // outside of all sections: of the main server, or of a virtual host
    kDirectory,  // with `regex`: <DirectoryMatch> and <Directory ~>
    kFiles,      // likewise
    kLocation,   // likewise
    kIf,
    kElseIf,
    kElse,
};

struct Section {
    std::uint32_t index = 0;  // its place in Config::sections
    std::uint32_t host = 0;   // the virtual host that it stands in
    SectionKind kind = SectionKind::kServer;
    std::string pattern;       // as written, without "~"; of kDirectory absolute
    bool is_wildcard = false;  // pattern holds "*", "?" or "["
    std::optional<base::Regex> regex;
    std::optional<Expression> condition;  // of kIf and kElseIf
    DirectorySettings settings;
    std::vector<std::uint32_t> files;       // <Files> in it, in file order
    std::vector<std::uint32_t> conditions;  // <If> and what follows it, in it, in file order
    Place place;
};

}  // namespace config
