// Options and AllowOverride.
#include <fmt/format.h>

#include <algorithm>

#include "core/base/text/text.h"
#include "core/config/model/refuse.h"
#include "core/config/values/binding.h"
#include "core/config/values/mapping_values.h"

namespace config {
namespace {

struct OptionWord {
    std::string_view word;
    option::Bits bits = 0;
};
constexpr OptionWord kOptionWords[] = {
    {"All", option::kAll},
    {"ExecCGI", option::kExecCgi},
    {"FollowSymLinks", option::kFollowSymLinks},
    {"Includes", option::kIncludes},
    {"IncludesNOEXEC", option::kIncludesNoExec},
    {"Indexes", option::kIndexes},
    {"MultiViews", option::kMultiViews},
    {"None", 0},
    {"SymLinksIfOwnerMatch", option::kSymLinksIfOwnerMatch},
};

base::Result<option::Bits> read_option(std::string_view word) {
    std::vector<std::string_view> names;
    for (const auto& known : kOptionWords) {
        if (base::equal_case_blind(known.word, word)) {
            return known.bits;
        }
        names.push_back(known.word);
    }
    const auto near = base::nearest(word, names);
    return refuse(fmt::format(
        "\"{}\": expected one of {}{}",
        word,
        fmt::join(names, ", "),
        near.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", near)
    ));
}

std::string option_words_of(option::Bits bits, std::string_view sign) {
    std::string out;
    for (const auto& known : kOptionWords) {
        if (known.bits != 0 && known.word != "All" && (bits & known.bits) == known.bits) {
            out += fmt::format("{}{}{}", out.empty() ? "" : " ", sign, known.word);
        }
    }
    return out;
}

// In a .htaccess file AllowOverride may permit some options only: "Options=…". As in Apache, those
// can be switched off as well as on; and a line without signs still switches all others off.
base::Result<> check_permitted(const Scope& scope, std::string_view word, option::Bits bits) {
    if (scope.allowed == nullptr || !scope.allowed->options ||
        (bits & ~*scope.allowed->options) == 0) {
        return {};
    }
    const auto permitted = option_words_of(*scope.allowed->options, "");
    return refuse(fmt::format(
        "\"{}\" not allowed here; AllowOverride of this directory permits {}",
        word,
        permitted.empty() ? "none of the options" : permitted
    ));
}

struct OverrideWord {
    std::string_view word;
    override_class::Bits bits = 0;
};
constexpr OverrideWord kOverrideWords[] = {
    {"All", override_class::kAll},
    {"AuthConfig", override_class::kAuthConfig},
    {"FileInfo", override_class::kFileInfo},
    {"Indexes", override_class::kIndexes},
    {"Limit", override_class::kLimit},
    {"None", override_class::kNone},
    {"Options", override_class::kOptions},
};

}  // namespace

base::Result<> apply_options(Scope& scope, Words words) {
    const auto has_sign = [](const std::string& word) {
        return word.starts_with('+') || word.starts_with('-');
    };
    const auto signs = std::ranges::count_if(words, has_sign);
    if (signs != 0 && signs != static_cast<std::ptrdiff_t>(words.size())) {
        return refuse("either all options carry a + or -, or none of them");
    }
    Options options;
    if (signs == 0) {
        options.absolute = option::Bits{0};
    }
    for (const auto& word : words) {
        const auto bits = TRY(read_option(std::string_view(word).substr(signs == 0 ? 0 : 1)));
        TRY(check_permitted(scope, word, bits));
        if (signs == 0) {
            options.absolute = word == words.front() && bits == 0
                                   ? bits
                                   : static_cast<option::Bits>(*options.absolute | bits);
        } else if (word.front() == '+') {
            options.added = static_cast<option::Bits>(options.added | bits);
            options.removed = static_cast<option::Bits>(options.removed & ~bits);
        } else {
            options.removed = static_cast<option::Bits>(options.removed | bits);
            options.added = static_cast<option::Bits>(options.added & ~bits);
        }
    }
    settings_of(scope).options.overlay(options);
    return {};
}

std::vector<std::string> show_options_line(const View& view) {
    const auto& options = member<&DirectorySettings::options>(view);
    std::vector<std::string> lines;
    if (options.absolute) {
        const auto words = option_words_of(*options.absolute, "");
        lines.push_back(words.empty() ? "None" : words);
    }
    if (const auto added = option_words_of(options.added, "+"),
        removed = option_words_of(options.removed, "-");
        !added.empty() || !removed.empty()) {
        lines.push_back(added + (added.empty() || removed.empty() ? "" : " ") + removed);
    }
    return lines;
}

base::Result<> apply_allow_override(Scope& scope, Words words) {
    const bool is_in_regex = scope.section != VirtualHost::kNoSection &&
                             scope.config.sections.at(scope.section).regex.has_value();
    const bool is_in_directory =
        scope.section == VirtualHost::kNoSection ||
        scope.config.sections.at(scope.section).kind == SectionKind::kDirectory;
    if (is_in_regex || !is_in_directory) {
        return refuse("it has a meaning in <Directory> without regular expression only");
    }
    AllowOverride allowed;
    for (const auto& word : words) {
        constexpr std::string_view kOptionsPrefix = "Options=";
        if (base::equal_case_blind(
                std::string_view(word).substr(0, kOptionsPrefix.size()), kOptionsPrefix
            )) {
            option::Bits options = 0;
            for (std::size_t at = kOptionsPrefix.size(); at < word.size();) {
                const auto end = std::min(word.find(',', at), word.size());
                const auto bits = TRY(read_option(std::string_view(word).substr(at, end - at)));
                options = static_cast<option::Bits>(options | bits);
                at = end + 1;
            }
            allowed.classes =
                static_cast<override_class::Bits>(allowed.classes | override_class::kOptions);
            allowed.options = options;
            continue;
        }
        if (base::equal_case_blind(word.substr(0, word.find('=')), "Nonfatal")) {
            const auto what = word.substr(std::min(word.find('='), word.size() - 1) + 1);
            const bool is_all = base::equal_case_blind(what, "All");
            if (!is_all && !base::equal_case_blind(what, "Override") &&
                !base::equal_case_blind(what, "Unknown")) {
                return refuse(fmt::format(
                    "\"{}\": expected Nonfatal=Override, Nonfatal=Unknown or Nonfatal=All", word
                ));
            }
            allowed.passes_over_forbidden |= is_all || base::equal_case_blind(what, "Override");
            allowed.passes_over_unknown |= is_all || base::equal_case_blind(what, "Unknown");
            continue;
        }
        const auto* const found =
            std::ranges::find_if(kOverrideWords, [&](const OverrideWord& known) {
                return base::equal_case_blind(known.word, word);
            });
        if (found == std::end(kOverrideWords)) {
            return refuse(fmt::format(
                "\"{}\": expected All, AuthConfig, FileInfo, Indexes, Limit, None, Options or "
                "Options=option,...",
                word
            ));
        }
        allowed.classes = static_cast<override_class::Bits>(allowed.classes | found->bits);
    }
    settings_of(scope).allow_override = allowed;
    return {};
}

std::vector<std::string> show_allow_override(const View& view) {
    const auto& allowed = member<&DirectorySettings::allow_override>(view);
    if (!allowed) {
        return {};
    }
    const std::string nonfatal = allowed->passes_over_forbidden && allowed->passes_over_unknown
                                     ? " Nonfatal=All"
                                 : allowed->passes_over_forbidden ? " Nonfatal=Override"
                                 : allowed->passes_over_unknown   ? " Nonfatal=Unknown"
                                                                  : "";
    if (allowed->classes == override_class::kNone) {
        return {"None" + nonfatal};
    }
    if (allowed->classes == override_class::kAll && !allowed->options) {
        return {"All" + nonfatal};
    }
    std::string line;
    for (const auto& known : kOverrideWords) {
        const bool is_one = known.bits != 0 && known.bits != override_class::kAll;
        if (is_one && (allowed->classes & known.bits) != 0) {
            line += (line.empty() ? "" : " ") + std::string(known.word);
            if (known.bits == override_class::kOptions && allowed->options) {
                auto options = option_words_of(*allowed->options, "");
                std::ranges::replace(options, ' ', ',');
                line += "=" + options;
            }
        }
    }
    return {line + nonfatal};
}

}  // namespace config
