// Access rules as text again: what stands in no container by its row, the rest as whole lines.
#include <fmt/format.h>

#include "core/config/values/access_values.h"

namespace config {
namespace {

using Lines = std::vector<std::string>;

std::string indent(std::size_t depth) { return std::string(4 * depth, ' '); }

void write_limited(const Methods& methods, const std::string& text, Lines& out) {
    out.push_back(fmt::format("<{}>", methods.text()));
    out.push_back(indent(1) + text);
    out.push_back(methods.is_exception() ? "</LimitExcept>" : "</Limit>");
}

void write(const Requirement& rule, std::size_t depth, Lines& out) {
    if (!rule.is_container()) {
        Lines lines;
        if (rule.methods.are_all()) {
            lines.push_back(rule.text);
        } else {
            write_limited(rule.methods, rule.text, lines);
        }
        for (const auto& line : lines) {
            out.push_back(indent(depth) + line);
        }
        return;
    }
    const std::string_view name = rule.kind == Requirement::Kind::kEvery ? "RequireAll"
                                  : rule.is_negated                      ? "RequireNone"
                                                                         : "RequireAny";
    out.push_back(fmt::format("{}<{}>", indent(depth), name));
    for (const auto& child : rule.children) {
        write(child, depth + 1, out);
    }
    out.push_back(fmt::format("{}</{}>", indent(depth), name));
}

bool is_plain(const Requirement& rule) { return !rule.is_container() && rule.methods.are_all(); }

template <class Rule>
void write_all_limited(const std::vector<Rule>& rules, Lines& out) {
    for (const auto& rule : rules) {
        if (!rule.methods.are_all()) {
            write_limited(rule.methods, rule.text, out);
        }
    }
}

}  // namespace

std::vector<std::string> show_require(const View& view) {
    Lines lines;
    if (view.settings != nullptr && view.settings->access.required) {
        for (const auto& rule : view.settings->access.required->children) {
            if (is_plain(rule)) {
                lines.push_back(rule.text.substr(rule.text.find(' ') + 1));
            }
        }
    }
    return lines;
}

std::vector<std::string> show_auth_merging(const View& view) {
    if (view.settings == nullptr || !view.settings->access.merging) {
        return {};
    }
    switch (*view.settings->access.merging) {
        case AuthMerging::kOff:
            return {"Off"};
        case AuthMerging::kAnd:
            return {"And"};
        case AuthMerging::kOr:
            break;
    }
    return {"Or"};
}

std::vector<std::string> show_access_containers(const AccessRules& rules) {
    Lines lines;
    if (rules.required) {
        for (const auto& rule : rules.required->children) {
            if (!is_plain(rule)) {
                write(rule, 0, lines);
            }
        }
    }
    if (rules.by_host) {
        write_all_limited(rules.by_host->orders, lines);
        write_all_limited(rules.by_host->allows, lines);
        write_all_limited(rules.by_host->denies, lines);
        write_all_limited(rules.by_host->satisfies, lines);
    }
    return lines;
}

}  // namespace config
