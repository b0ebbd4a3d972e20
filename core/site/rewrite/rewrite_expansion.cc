#include "core/site/rewrite/rewrite_expansion.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/base/text/effort.h"
#include "core/base/text/text.h"

namespace site {
namespace {

constexpr auto kNone = std::string_view::npos;
// The first `wanted` in `text` outside of all braces; the brace that closes `text` ends the search.
std::size_t find_outside_braces(std::string_view text, char wanted) {
    int depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == wanted && depth == 0) {
            return at;
        }
        depth += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
        if (depth < 0) {
            return kNone;
        }
    }
    return kNone;
}

bool is_word_character(char c) { return base::is_letter_or_digit(c) || c == '_'; }

bool is_to_escape(char c, const config::RewriteRule& rule) {
    const bool is_listed = rule.escape_list.find(c) != std::string::npos;
    switch (rule.escape) {
        case config::RewriteRule::Escape::kAll:
            return !is_word_character(c);
        case config::RewriteRule::Escape::kListed:
            return is_listed;
        case config::RewriteRule::Escape::kAllButListed:
            return !is_word_character(c) && !is_listed;
        case config::RewriteRule::Escape::kControls:
            return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
        case config::RewriteRule::Escape::kNone:
            break;
    }
    return false;
}

}  // namespace

bool Expanded::is_foreign(std::size_t at) const {
    const auto behind =
        std::ranges::upper_bound(foreign, at, {}, &std::pair<std::size_t, std::size_t>::first);
    return behind != foreign.begin() && at < std::prev(behind)->second;
}

void Expanded::append(std::string_view more, bool is_foreign_text) {
    if (is_foreign_text && !more.empty()) {
        foreign.emplace_back(text.size(), text.size() + more.size());
    }
    text.append(more);
}

void Expanded::append(const Expanded& more) {
    for (const auto& [begin, end] : more.foreign) {
        foreign.emplace_back(text.size() + begin, text.size() + end);
    }
    text.append(more.text);
}

base::Result<Expanded> Expansion::expand(
    std::string_view text, const config::RewriteRule* escaping
) {
    Expanded out;
    if (!text.empty() && base::Effort::is_spent()) {
        return base::fail(base::Fault::kClient, std::string(kRulesTakeTooLong));
    }
    for (std::size_t at = 0; at < text.size();) {
        const auto special = std::min(text.find_first_of("\\$%", at), text.size());
        out.append(text.substr(at, special - at), false);
        at = special;
        if (at < text.size()) {
            TRY(append_special(text, at, escaping, out));
        }
        if (out.text.size() > kLongest) {
            return base::fail(
                base::Fault::kClient,
                fmt::format("a text has grown longer than {} KiB", kLongest >> 10)
            );
        }
    }
    return out;
}

base::Result<> Expansion::append_special(
    std::string_view text, std::size_t& at, const config::RewriteRule* escaping, Expanded& out
) {
    const char sign = text[at];
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (sign == '\\') {
        at += next == '\0' ? 0 : 1;
        out.append(text.substr(at, 1), false);
        ++at;
        return {};
    }
    if (next >= '0' && next <= '9') {
        const auto& groups = sign == '$' ? references_.of_rule : references_.of_condition;
        const auto& capture = groups.at(static_cast<std::size_t>(next - '0'));
        if (escaping != nullptr && escaping->escape != config::RewriteRule::Escape::kNone) {
            out.append(escaped_capture(capture, *escaping), false);
        } else {
            out.append(capture, true);
        }
        at += 2;
        return {};
    }
    // Whoever writes thousands of braces has them counted again for each.
    if (next == '{' && base::Effort::is_spent()) {
        return base::fail(base::Fault::kClient, std::string(kRulesTakeTooLong));
    }
    const auto length = next == '{' ? find_outside_braces(text.substr(at + 2), '}') : kNone;
    const auto inside = length == kNone ? std::string_view() : text.substr(at + 2, length);
    const bool is_map = sign == '$' && find_outside_braces(inside, ':') != kNone;
    if (length == kNone || (sign == '$' && !is_map)) {
        out.append(text.substr(at, next == '{' ? 2 : 1), false);
        at += next == '{' ? 2 : 1;
        return {};
    }
    at += length + 3;
    if (is_map) {
        return append_from_map(inside, escaping, out);
    }
    append_variable(inside, out);
    return {};
}

void Expansion::append_variable(std::string_view name, Expanded& out) {
    if (name.starts_with("ENV:")) {
        out.append(walk_.environment.find(name.substr(4)).value_or(std::string_view()), true);
        return;
    }
    if (name.starts_with("HTTP:")) {
        const auto field = name.substr(5);
        add_varying(field, fields_);
        out.append(field_value(*walk_.request, field), true);
        return;
    }
    if (name == "IS_SUBREQ") {
        out.append(walk_.is_subrequest ? "true" : "false", false);
        return;
    }
    if (name.find(':') != kNone) {
        return;  // SSL:, of which there is nothing to know yet
    }
    if (const auto variable = config::find_server_variable(name)) {
        add_varying(config::field_of(*variable), fields_);
        out.append(server_variable(walk_, *variable), true);
    }
}

base::Result<> Expansion::append_from_map(
    std::string_view inside, const config::RewriteRule* escaping, Expanded& out
) {
    const auto colon = find_outside_braces(inside, ':');
    const auto rest = inside.substr(colon + 1);
    const auto bar = find_outside_braces(rest, '|');
    const auto key = TRY(expand(rest.substr(0, bar), escaping));
    if (means_.maps != nullptr) {
        if (const auto found = means_.maps->find(inside.substr(0, colon), key.text)) {
            out.append(found->value, found->is_of_key && !key.foreign.empty());
            return {};
        }
    }
    if (bar != kNone) {
        out.append(TRY(expand(rest.substr(bar + 1), escaping)));
    }
    return {};
}

std::string escaped_capture(std::string_view capture, const config::RewriteRule& rule) {
    std::string out;
    for (const char c : capture) {
        if (!is_to_escape(c, rule)) {
            out.push_back(c);
        } else if (c == ' ' && !rule.escapes_blank_as_percent_20) {
            out.push_back('+');
        } else {
            fmt::format_to(std::back_inserter(out), "%{:02x}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

}  // namespace site
