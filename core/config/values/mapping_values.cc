#include "core/config/values/mapping_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/text/text.h"
#include "core/config/language/line_tokenizer.h"
#include "core/config/model/refuse.h"
#include "core/config/values/binding.h"
#include "core/config/values/readers.h"

namespace config {
namespace {

// An extension as it is kept: lower case, without the dot.
std::string extension_in(std::string_view word) {
    return base::lower_case(word.substr(word.starts_with('.') ? 1 : 0));
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
    TRY(check_length("a type or handler", value, kTypeBytesMax));
    for (const auto& word : extensions) {
        const auto extension = extension_in(word);
        std::erase_if(rules, [&](const auto& old) { return old.extension == extension; });
        if (scope.is_htaccess && rules.size() >= kHtaccessExtensionsMax) {
            return refuse(fmt::format("more than {} extensions", kHtaccessExtensionsMax));
        }
        rules.push_back({extension, value, scope.place});
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

}  // namespace

// --- Words of a few

base::Result<> apply_accept_path_info(Scope& scope, Words words) {
    auto& value = settings_of(scope).accept_path_info;
    if (base::equal_case_blind(words[0], "Default")) {
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
    const auto& value = member<&DirectorySettings::accept_path_info>(view);
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
    if (base::equal_case_blind(words[0], "NoDecode")) {
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
    const bool is_client = base::equal_case_blind(words[0], "Client");
    if (!is_client && !base::equal_case_blind(words[0], "Canonical")) {
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
    if (words.size() == 1 && base::equal_case_blind(words[0], "disabled")) {
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
    const auto& index = member<&DirectorySettings::directory_index>(view);
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
    const bool is_disabled = base::equal_case_blind(words[0], "disabled");
    if (!is_disabled && !words[0].starts_with('/')) {
        return refuse("expected a URL path that starts with \"/\", or disabled");
    }
    TRY(check_length("a URL path", words[0], kUrlBytesMax));
    settings_of(scope).fallback_resource = is_disabled ? std::string() : words[0];
    return {};
}

std::vector<std::string> show_fallback_resource(const View& view) {
    const auto& value = member<&DirectorySettings::fallback_resource>(view);
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
    if (base::equal_case_blind(text, "default")) {
        document = {};
    } else if (text.starts_with('/')) {
        document.kind = ErrorDocument::Kind::kLocalPath;
        TRY(check_length("a URL path", text, kUrlBytesMax));
    } else if (text.starts_with("http://") || text.starts_with("https://")) {
        document.kind = ErrorDocument::Kind::kUrl;
        TRY(check_length("a URL", text, kUrlBytesMax));
        if (*status == 401) {
            return refuse("401 with a URL of another server would hide the question for a password"
            );
        }
    } else {
        document.kind = ErrorDocument::Kind::kText;
        TRY(check_length("a text", text, kPageBytesMax));
        // Apache 1.3 wrote the text behind a single quote.
        document.text = text.substr(text.starts_with('"') ? 1 : 0);
        document.expression = TRY(Expression::parse_string(document.text, scope.author()));
    }
    settings_of(scope).error_documents.insert_or_assign(
        static_cast<int>(*status), std::move(document)
    );
    return {};
}

std::vector<std::string> show_error_document(const View& view) {
    std::vector<std::string> lines;
    for (const auto& [status, document] : member<&DirectorySettings::error_documents>(view)) {
        const bool is_default = document.kind == ErrorDocument::Kind::kDefault;
        lines.push_back(
            fmt::format("{} {}", status, is_default ? "default" : in_quotes(document.text))
        );
    }
    return lines;
}

// --- Extensions

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
    return show_rules(member<&DirectorySettings::handlers>(view), true);
}
std::vector<std::string> show_remove_handler(const View& view) {
    return show_rules(member<&DirectorySettings::handlers>(view), false);
}
std::vector<std::string> show_add_type(const View& view) {
    return show_rules(member<&DirectorySettings::types>(view), true);
}
std::vector<std::string> show_remove_type(const View& view) {
    return show_rules(member<&DirectorySettings::types>(view), false);
}

}  // namespace config
