// RewriteMap: a name and where its table comes from.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/text/text.h"
#include "core/config/language/line_tokenizer.h"
#include "core/config/model/refuse.h"
#include "core/config/rewriting/rewrite_values.h"
#include "core/config/values/binding.h"

namespace config {
namespace {

base::Result<> refuse_source(std::string_view source) {
    const auto kind = source.substr(0, source.find_first_of(":="));
    if (base::equal_case_blind(kind, "prg")) {
        return refuse(
            "prg: is not implemented, because programs are not started for requests; "
            "write the answers to a txt: or dbm: file"
        );
    }
    if (base::equal_case_blind(kind, "dbd") || base::equal_case_blind(kind, "fastdbd")) {
        return refuse(fmt::format(
            "{}: is not implemented; write what the query yields to a txt: or dbm: file", kind
        ));
    }
    return refuse(fmt::format(
        "\"{}\": expected txt:FILE, rnd:FILE, dbm:FILE, int:toupper, int:tolower, int:escape or "
        "int:unescape",
        source
    ));
}

base::Result<> read_internal(std::string_view function, RewriteMap& map) {
    static constexpr std::array<std::pair<std::string_view, RewriteMap::Kind>, 4> kFunctions = {{
        {"toupper", RewriteMap::Kind::kToUpper},
        {"tolower", RewriteMap::Kind::kToLower},
        {"escape", RewriteMap::Kind::kEscape},
        {"unescape", RewriteMap::Kind::kUnescape},
    }};
    const auto* const found = std::ranges::find(
        kFunctions, function, &std::pair<std::string_view, RewriteMap::Kind>::first
    );
    if (found == kFunctions.end()) {
        return refuse(fmt::format(
            "\"int:{}\": expected int:toupper, int:tolower, int:escape or int:unescape", function
        ));
    }
    map.kind = found->second;
    return {};
}

// "dbm:FILE" or "dbm=sdbm:FILE"; the file's path is what is returned.
base::Result<std::string> dbm_path(const std::string& source) {
    const auto colon = source.find(':');
    const auto type = source[3] == '=' ? std::string_view(source).substr(4, colon - 4) : "sdbm";
    if (colon == std::string::npos || (source[3] == '=' && colon == 4)) {
        return refuse(fmt::format("\"{}\": expected dbm:FILE or dbm=sdbm:FILE", source));
    }
    if (!base::equal_case_blind(type, "sdbm")) {
        return refuse(fmt::format(
            "\"{}\": files of type \"{}\" are not read; write dbm=sdbm:FILE and make the file "
            "with \"httxt2dbm -f SDBM -i TEXT -o FILE\"",
            source,
            type
        ));
    }
    return source.substr(colon + 1);
}

bool starts_with(std::string_view text, std::string_view start) {
    return base::equal_case_blind(text.substr(0, start.size()), start);
}

base::Result<> read_source(const Scope& scope, const std::string& source, RewriteMap& map) {
    if (starts_with(source, "int:")) {
        return read_internal(std::string_view(source).substr(4), map);
    }
    std::string path;
    if (starts_with(source, "txt:") || starts_with(source, "rnd:")) {
        map.kind =
            starts_with(source, "txt:") ? RewriteMap::Kind::kText : RewriteMap::Kind::kRandom;
        path = source.substr(4);
    } else if (starts_with(source, "dbm:") || starts_with(source, "dbm=")) {
        map.kind = RewriteMap::Kind::kDbm;
        path = TRY(dbm_path(source));
    } else {
        return refuse_source(source);
    }
    if (path.empty()) {
        return refuse(fmt::format("\"{}\": expected a file behind the colon", source));
    }
    map.path = TRY(read_path(scope, path));
    return {};
}

}  // namespace

base::Result<> apply_rewrite_map(Scope& scope, Words words) {
    if (words[0].empty() || words[0].find_first_of(":|{}$% \t") != std::string::npos) {
        return refuse(fmt::format(
            "\"{}\": expected a name without blanks and without any of : | {{ }} $ %", words[0]
        ));
    }
    RewriteMap map;
    map.name = words[0];
    map.text = words[1];
    map.place = scope.place;
    TRY(read_source(scope, words[1], map));
    auto& maps = rewriting_of(scope).maps;
    std::erase_if(maps, [&](const auto& old) { return old.name == map.name; });
    maps.push_back(std::move(map));
    return {};
}

std::vector<std::string> show_rewrite_map(const View& view) {
    std::vector<std::string> lines;
    for (const auto& map : member<&DirectorySettings::rewriting>(view).maps) {
        const auto kind = map.path.empty()                        ? std::string_view(map.text)
                          : map.kind == RewriteMap::Kind::kDbm    ? "dbm:"
                          : map.kind == RewriteMap::Kind::kRandom ? "rnd:"
                                                                  : "txt:";
        lines.push_back(fmt::format(
            "{} {}", in_quotes(map.name), in_quotes(fmt::format("{}{}", kind, map.path))
        ));
    }
    return lines;
}

}  // namespace config
