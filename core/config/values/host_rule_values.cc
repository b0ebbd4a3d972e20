// Order, Allow, Deny and Satisfy.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/text/text.h"
#include "core/config/model/refuse.h"
#include "core/config/values/access_values.h"

namespace config {
namespace {

struct NamedOrder {
    std::string_view name;
    Order order;
};
constexpr std::array kOrders = {
    NamedOrder{"Deny,Allow", Order::kDenyAllow},
    NamedOrder{"Allow,Deny", Order::kAllowDeny},
    NamedOrder{"Mutual-Failure", Order::kMutualFailure},
};

bool starts_case_blind(std::string_view word, std::string_view start) {
    return base::equal_case_blind(word.substr(0, start.size()), start);
}

base::Result<> read_rule_variable(std::string_view name, HostRule& out) {
    out.kind = name.starts_with('!') ? HostRule::Kind::kNoVariable : HostRule::Kind::kVariable;
    out.variable = name.substr(name.starts_with('!') ? 1 : 0);
    if (out.variable.empty()) {
        return refuse("\"env=\": expected env= or env=! and the name of a variable");
    }
    return {};
}

// And not like the name of a host.
bool looks_like_address(std::string_view word) {
    const auto is_of_ipv4 = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
    return word.find_first_of(":/") != std::string_view::npos ||
           std::ranges::all_of(word, is_of_ipv4);
}

base::Result<> read_address(const std::string& word, HostRule& out) {
    out.kind = HostRule::Kind::kAddress;
    if (base::equal_case_blind(word, "localhost")) {
        out.networks = {
            TRY(base::IpNetwork::parse("127.0.0.1")), TRY(base::IpNetwork::parse("::1"))};
        return {};
    }
    if (word.starts_with('#')) {
        return refuse(fmt::format(
            "\"{}\": a comment stands on a line of its own, with \"#\" as its first character", word
        ));
    }
    if (!looks_like_address(word)) {
        out.kind = HostRule::Kind::kHostName;
        out.name = TRY(read_host_name(word));
        return {};
    }
    out.networks = {TRY(base::IpNetwork::parse(word))};
    return {};
}

base::Result<> read_host_rule(const std::string& word, HostRule& out) {
    constexpr std::string_view kVariable = "env=";
    if (base::equal_case_blind(word, "all")) {
        return {};
    }
    return starts_case_blind(word, kVariable)
               ? read_rule_variable(std::string_view(word).substr(kVariable.size()), out)
               : read_address(word, out);
}

base::Result<std::vector<HostRule>> read_rules(
    const Scope& scope, Words words, std::string_view directive, const Methods& methods
) {
    if (!base::equal_case_blind(words[0], "from")) {
        return refuse(
            fmt::format("\"{}\": expected \"from\", as in \"{} from all\"", words[0], directive)
        );
    }
    std::vector<HostRule> rules;
    for (const auto& word : words.subspan(1)) {
        HostRule rule;
        TRY(read_host_rule(word, rule));
        rule.methods = methods;
        rule.word = word;
        rule.text = fmt::format("{} from {}", directive, word);
        rule.place = scope.place;
        rules.push_back(std::move(rule));
    }
    return rules;
}

base::Result<> append_rules(
    Scope& scope, Words words, std::string_view directive, std::vector<HostRule> HostRules::*list
) {
    auto& access = settings_of(scope).access;
    auto rules = TRY(read_rules(scope, words, directive, access.methods_here()));
    auto& all = access.host_rules().*list;
    all.insert(
        all.end(), std::make_move_iterator(rules.begin()), std::make_move_iterator(rules.end())
    );
    return {};
}

const HostRules* host_rules_of(const View& view) {
    return view.settings == nullptr ? nullptr : view.settings->access.by_host.get();
}

// `text` of each of `list` that counts for all methods.
template <class Rule, class Text>
std::vector<std::string> show_unlimited(
    const View& view, std::vector<Rule> HostRules::*list, Text text
) {
    std::vector<std::string> lines;
    if (const auto* const rules = host_rules_of(view)) {
        for (const auto& rule : rules->*list) {
            if (rule.methods.are_all()) {
                lines.emplace_back(text(rule));
            }
        }
    }
    return lines;
}

// The last one that counts for a method does: what counts for all makes earlier ones needless.
template <class Rule>
void add_last(std::vector<Rule>& rules, Rule rule) {
    if (rule.methods.are_all()) {
        rules.clear();
    }
    rules.push_back(std::move(rule));
}

}  // namespace

base::Result<std::string> read_host_name(std::string_view word) {
    const auto is_fine = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    };
    std::string name = base::lower_case(word);
    if (!std::ranges::all_of(name, is_fine) || name.find_first_not_of('.') == std::string::npos) {
        return refuse(fmt::format(
            "\"{}\": expected the name of a host or domain, such as example.org or .example.org",
            word
        ));
    }
    return name;
}

base::Result<> apply_order(Scope& scope, Words words) {
    const auto* const named = std::ranges::find_if(kOrders, [&](const NamedOrder& order) {
        return base::equal_case_blind(order.name, words[0]);
    });
    if (named == kOrders.end()) {
        return refuse("expected Deny,Allow or Allow,Deny or Mutual-Failure, without blanks");
    }
    auto& access = settings_of(scope).access;
    OrderRule rule;
    rule.order = named->order;
    rule.methods = access.methods_here();
    rule.text = fmt::format("Order {}", named->name);
    rule.place = scope.place;
    add_last(access.host_rules().orders, std::move(rule));
    return {};
}

base::Result<> apply_allow(Scope& scope, Words words) {
    return append_rules(scope, words, "Allow", &HostRules::allows);
}

base::Result<> apply_deny(Scope& scope, Words words) {
    return append_rules(scope, words, "Deny", &HostRules::denies);
}

base::Result<> apply_satisfy(Scope& scope, Words words) {
    const bool is_any = base::equal_case_blind(words[0], "Any");
    if (!is_any && !base::equal_case_blind(words[0], "All")) {
        return refuse("must be one of: All | Any");
    }
    auto& access = settings_of(scope).access;
    add_last(
        access.host_rules().satisfies,
        {is_any, access.methods_here(), is_any ? "Satisfy Any" : "Satisfy All", scope.place}
    );
    return {};
}

std::vector<std::string> show_order(const View& view) {
    return show_unlimited(view, &HostRules::orders, [](const OrderRule& rule) {
        return rule.text.substr(rule.text.find(' ') + 1);
    });
}

std::vector<std::string> show_allow(const View& view) {
    return show_unlimited(view, &HostRules::allows, [](const HostRule& rule) {
        return "from " + rule.word;
    });
}

std::vector<std::string> show_deny(const View& view) {
    return show_unlimited(view, &HostRules::denies, [](const HostRule& rule) {
        return "from " + rule.word;
    });
}

std::vector<std::string> show_satisfy(const View& view) {
    return show_unlimited(view, &HostRules::satisfies, [](const SatisfyRule& rule) {
        return rule.is_any ? "Any" : "All";
    });
}

}  // namespace config
