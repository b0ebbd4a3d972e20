#include "core/config/mapping_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/config/readers.h"
#include "core/config/tokenizer.h"

namespace config {
namespace {

auto refuse(std::string what) { return base::fail(base::Fault::kConfig, std::move(what)); }

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
        if (equal_case_blind(known.word, word)) {
            return known.bits;
        }
        names.push_back(known.word);
    }
    const auto near = nearest(word, names);
    return refuse(fmt::format(
        "\"{}\": expected one of {}{}",
        word,
        fmt::join(names, ", "),
        near.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", near)
    ));
}

std::string words_of(option::Bits bits, std::string_view sign) {
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
    const auto permitted = words_of(*scope.allowed->options, "");
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

// An extension as it is kept: lower case, without the dot.
std::string extension_in(std::string_view word) {
    std::string out(word.substr(word.starts_with('.') ? 1 : 0));
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return out;
}

// A .htaccess file cannot make the server busy with a list without end.
constexpr std::size_t kHtaccessExtensionsMax = 1000;
constexpr std::size_t kHtaccessIndexMax = 100;

base::Result<> add_rules(
    const Scope& scope,
    std::vector<ExtensionRule>& rules,
    Words extensions,
    const std::string& value
) {
    for (const auto& word : extensions) {
        const auto extension = extension_in(word);
        std::erase_if(rules, [&](const auto& old) { return old.extension == extension; });
        if (scope.is_htaccess && rules.size() >= kHtaccessExtensionsMax) {
            return refuse(fmt::format("more than {} extensions", kHtaccessExtensionsMax));
        }
        rules.push_back({extension, value});
    }
    return {};
}

// The rules that give the extension something, or those that take it away.
std::vector<std::string> show_rules(const std::vector<ExtensionRule>& rules, bool gives) {
    std::vector<std::string> lines;
    for (const auto& rule : rules) {
        if (rule.value.empty() != gives) {
            lines.push_back(
                gives ? fmt::format("{} .{}", in_quotes(rule.value), rule.extension)
                      : "." + rule.extension
            );
        }
    }
    return lines;
}

const DirectorySettings& shown(const View& view) {
    static const DirectorySettings kNothing;
    return view.settings == nullptr ? kNothing : *view.settings;
}

}  // namespace

// --- Options, AllowOverride

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
    const auto& options = shown(view).options;
    std::vector<std::string> lines;
    if (options.absolute) {
        const auto words = words_of(*options.absolute, "");
        lines.push_back(words.empty() ? "None" : words);
    }
    if (const auto added = words_of(options.added, "+"), removed = words_of(options.removed, "-");
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
        if (equal_case_blind(
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
        const auto* const found =
            std::ranges::find_if(kOverrideWords, [&](const OverrideWord& known) {
                return equal_case_blind(known.word, word);
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
    const auto& allowed = shown(view).allow_override;
    if (!allowed) {
        return {};
    }
    if (allowed->classes == override_class::kNone) {
        return {"None"};
    }
    if (allowed->classes == override_class::kAll && !allowed->options) {
        return {"All"};
    }
    std::string line;
    for (const auto& known : kOverrideWords) {
        const bool is_one = known.bits != 0 && known.bits != override_class::kAll;
        if (is_one && (allowed->classes & known.bits) != 0) {
            line += (line.empty() ? "" : " ") + std::string(known.word);
            if (known.bits == override_class::kOptions && allowed->options) {
                auto options = words_of(*allowed->options, "");
                std::ranges::replace(options, ' ', ',');
                line += "=" + options;
            }
        }
    }
    return {line};
}

// --- Words of a few

base::Result<> apply_accept_path_info(Scope& scope, Words words) {
    auto& value = settings_of(scope).accept_path_info;
    if (equal_case_blind(words[0], "Default")) {
        value = AcceptPathInfo::kDefault;
        return {};
    }
    const auto is_on = read_on_off(words[0]);
    if (!is_on) {
        return refuse("must be one of: On | Off | Default");
    }
    value = *is_on ? AcceptPathInfo::kOn : AcceptPathInfo::kOff;
    return {};
}

std::vector<std::string> show_accept_path_info(const View& view) {
    const auto& value = shown(view).accept_path_info;
    if (!value) {
        return {};
    }
    return {
        *value == AcceptPathInfo::kOn    ? "On"
        : *value == AcceptPathInfo::kOff ? "Off"
                                         : "Default"};
}

base::Result<> apply_encoded_slashes(Scope& scope, Words words) {
    auto& value = scope.config.hosts.at(scope.host).settings.encoded_slashes;
    if (equal_case_blind(words[0], "NoDecode")) {
        value = EncodedSlashes::kKept;
        return {};
    }
    const auto is_on = read_on_off(words[0]);
    if (!is_on) {
        return refuse("must be one of: On | Off | NoDecode");
    }
    value = *is_on ? EncodedSlashes::kDecoded : EncodedSlashes::kRefused;
    return {};
}

std::vector<std::string> show_encoded_slashes(const View& view) {
    const auto& value = view.host.settings.encoded_slashes;
    if (!value) {
        return {};
    }
    return {
        *value == EncodedSlashes::kDecoded ? "On"
        : *value == EncodedSlashes::kKept  ? "NoDecode"
                                           : "Off"};
}

base::Result<> apply_group_port(Scope& scope, Words words) {
    const bool is_client = equal_case_blind(words[0], "Client");
    if (!is_client && !equal_case_blind(words[0], "Canonical")) {
        return refuse("must be one of: Canonical | Client");
    }
    scope.config.group_port_of_client = is_client;
    return {};
}

std::vector<std::string> show_group_port(const View& view) {
    return {view.config.group_port_of_client ? "Client" : "Canonical"};
}

// --- Directories

base::Result<> apply_directory_index(Scope& scope, Words words) {
    auto& index = settings_of(scope).directory_index;
    if (words.size() == 1 && equal_case_blind(words[0], "disabled")) {
        index = std::vector<std::string>();
        return {};
    }
    if (!index) {
        index.emplace();
    }
    index->insert(index->end(), words.begin(), words.end());
    if (scope.is_htaccess && index->size() > kHtaccessIndexMax) {
        return refuse(fmt::format("more than {} names", kHtaccessIndexMax));
    }
    return {};
}

std::vector<std::string> show_directory_index(const View& view) {
    const auto& index = shown(view).directory_index;
    if (!index) {
        return {};
    }
    std::string line;
    for (const auto& name : *index) {
        line += (line.empty() ? "" : " ") + in_quotes(name);
    }
    return {line.empty() ? "disabled" : line};
}

base::Result<> apply_fallback_resource(Scope& scope, Words words) {
    const bool is_disabled = equal_case_blind(words[0], "disabled");
    if (!is_disabled && !words[0].starts_with('/')) {
        return refuse("expected a URL path that starts with \"/\", or disabled");
    }
    settings_of(scope).fallback_resource = is_disabled ? std::string() : words[0];
    return {};
}

std::vector<std::string> show_fallback_resource(const View& view) {
    const auto& value = shown(view).fallback_resource;
    if (!value) {
        return {};
    }
    return {value->empty() ? "disabled" : *value};
}

// --- ErrorDocument

base::Result<> apply_error_document(Scope& scope, Words words) {
    const auto status = read_number(words[0], 400, 599);
    if (!status) {
        return refuse(fmt::format("\"{}\": {}", words[0], status.error().what));
    }
    const auto& text = words[1];
    ErrorDocument document;
    document.text = text;
    if (equal_case_blind(text, "default")) {
        document = {};
    } else if (text.starts_with('/')) {
        document.kind = ErrorDocument::Kind::kLocalPath;
    } else if (text.starts_with("http://") || text.starts_with("https://")) {
        document.kind = ErrorDocument::Kind::kUrl;
        if (*status == 401) {
            return refuse("401 with a URL of another server would hide the question for a password"
            );
        }
    } else {
        document.kind = ErrorDocument::Kind::kText;
        // Apache 1.3 wrote the text behind a single quote.
        document.text = text.substr(text.starts_with('"') ? 1 : 0);
    }
    settings_of(scope).error_documents.insert_or_assign(
        static_cast<int>(*status), std::move(document)
    );
    return {};
}

std::vector<std::string> show_error_document(const View& view) {
    std::vector<std::string> lines;
    for (const auto& [status, document] : shown(view).error_documents) {
        const bool is_default = document.kind == ErrorDocument::Kind::kDefault;
        lines.push_back(
            fmt::format("{} {}", status, is_default ? "default" : in_quotes(document.text))
        );
    }
    return lines;
}

// --- Extensions

base::Result<std::string> read_unless_none(const Scope& /*scope*/, const std::string& text) {
    return equal_case_blind(text, "None") ? std::string() : text;
}

base::Result<> apply_add_handler(Scope& scope, Words words) {
    return add_rules(scope, settings_of(scope).handlers, words.subspan(1), words[0]);
}
base::Result<> apply_remove_handler(Scope& scope, Words words) {
    return add_rules(scope, settings_of(scope).handlers, words, "");
}
base::Result<> apply_add_type(Scope& scope, Words words) {
    return add_rules(scope, settings_of(scope).types, words.subspan(1), words[0]);
}
base::Result<> apply_remove_type(Scope& scope, Words words) {
    return add_rules(scope, settings_of(scope).types, words, "");
}
std::vector<std::string> show_add_handler(const View& view) {
    return show_rules(shown(view).handlers, true);
}
std::vector<std::string> show_remove_handler(const View& view) {
    return show_rules(shown(view).handlers, false);
}
std::vector<std::string> show_add_type(const View& view) {
    return show_rules(shown(view).types, true);
}
std::vector<std::string> show_remove_type(const View& view) {
    return show_rules(shown(view).types, false);
}

}  // namespace config
