#include "core/site/access/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/text/effort.h"
#include "core/base/text/ip_network.h"
#include "core/base/text/text.h"
#include "core/site/conditions/evaluation.h"

namespace site {
namespace {

using config::HostRule;
using config::Requirement;
using RequirementKind = Requirement::Kind;

constexpr int kForbidden = 403;
constexpr int kInternalServerError = 500;
constexpr int kServiceUnavailable = 503;
constexpr std::string_view kNameIsUnknown =
    "what the client's host is called could not be found out";
// kNeutral is a rule that neither grants nor denies: a negated one that is not met, or one for
// other methods. kUnknown is one that asks for a name which could not be found out.
enum class Vote { kGranted, kDenied, kNeutral, kUnknown, kFailed };
enum class Met { kNo, kYes, kUnknown };

Met met_if(bool is_met) { return is_met ? Met::kYes : Met::kNo; }

struct Verdict {
    Vote vote = Vote::kNeutral;
    const Requirement* rule = nullptr;  // that decided
    std::string failure;
};

// The request as the rules see it. The address is read when the first rule asks for it.
class Visitor {
public:
    explicit Visitor(const Walk& its_walk) : walk(its_walk), method(its_walk.request->method) {}

    [[nodiscard]] bool is_in(const std::vector<base::IpNetwork>& networks) const {
        const auto& client = address();
        return client && std::ranges::any_of(networks, [&](const base::IpNetwork& network) {
                   return base::Effort::count() || network.contains(*client);
               });
    }
    // From this machine, by a loopback address or by the address that it has asked.
    [[nodiscard]] bool is_local() const {
        static const std::array kLoopback = {
            base::IpNetwork::parse("127.0.0.0/8"), base::IpNetwork::parse("::1")};
        const auto& client = address();
        return client &&
               (std::ranges::any_of(
                    kLoopback, [&](const auto& network) { return network->contains(*client); }
                ) ||
                client == read_address(walk.request->server_addr));
    }
    [[nodiscard]] bool has(std::string_view variable) const {
        return walk.environment.find(variable).has_value();
    }

    // `domain` is the client's name or, from a dot on, the end of it.
    [[nodiscard]] Met is_called(std::string_view domain) const {
        const auto& known = walk.request->remote_host;
        wants_remote_host_ |= !known.has_value();
        if (walk.request->is_remote_host_unknown) {
            return Met::kUnknown;
        }
        const std::string name = base::lower_case(known.value_or(""));
        return met_if(
            name.ends_with(domain) && (name.size() == domain.size() || domain.starts_with('.') ||
                                       name[name.size() - domain.size() - 1] == '.')
        );
    }
    // One of them; there is one at least.
    [[nodiscard]] Met is_called_one_of(const std::vector<std::string>& domains) const {
        const auto found = std::ranges::find_if(domains, [&](const std::string& domain) {
            return base::Effort::count() || is_called(domain) != Met::kNo;
        });
        return found == domains.end() ? Met::kNo : is_called(*found);
    }
    [[nodiscard]] bool wants_remote_host() const { return wants_remote_host_; }

    const Walk& walk;
    const std::string_view method;

private:
    using Address = base::IpNetwork::Address;

    static std::optional<Address> read_address(std::string_view text) {
        Address address;
        return base::IpNetwork::read_address(text, address) ? std::optional(address) : std::nullopt;
    }

    // None of a client that has none, and is in no network.
    [[nodiscard]] const std::optional<Address>& address() const {
        if (!is_address_read_) {
            address_ = read_address(walk.request->remote_addr);
            is_address_read_ = true;
        }
        return address_;
    }

    mutable bool wants_remote_host_ = false;
    mutable bool is_address_read_ = false;
    mutable std::optional<Address> address_;
};

// Whether a rule that is no container is met. Nothing where the Effort is spent meanwhile: whoever
// uses the result asks that afterwards.
base::Result<Met> is_met(const Requirement& rule, const Visitor& visitor) {
    switch (rule.kind) {
        case RequirementKind::kGranted:
            return Met::kYes;
        case RequirementKind::kAddress:
            return met_if(visitor.is_in(rule.networks));
        case RequirementKind::kHostName:
            return visitor.is_called_one_of(rule.names);
        case RequirementKind::kLocal:
            return met_if(visitor.is_local());
        case RequirementKind::kVariable:
            return met_if(std::ranges::any_of(rule.names, [&](const std::string& name) {
                return base::Effort::count() || visitor.has(name);
            }));
        case RequirementKind::kMethod:
            return met_if(
                std::ranges::find(rule.names, config::canonical_method(visitor.method)) !=
                rule.names.end()
            );
        case RequirementKind::kExpression:
            return met_if(TRY(holds(*rule.expression, visitor.walk)));
        case RequirementKind::kDenied:
        case RequirementKind::kEvery:
        case RequirementKind::kAny:
            break;
    }
    return Met::kNo;
}

Verdict judge(const Requirement& rule, const Visitor& visitor, bool is_one_of_every);

// The first child that settles it does; else one that is unknown leaves it so; else the container
// itself, with what was found first.
Verdict judge_children(const Requirement& container, const Visitor& visitor) {
    const bool is_every = container.kind == RequirementKind::kEvery;
    const Vote settles = is_every ? Vote::kDenied : Vote::kGranted;
    Verdict found{Vote::kNeutral, &container, {}};
    const Requirement* unknown = nullptr;
    for (const auto& child : container.children) {
        auto verdict = judge(child, visitor, is_every);
        if (verdict.vote == settles || verdict.vote == Vote::kFailed) {
            return verdict;
        }
        if (verdict.vote == Vote::kUnknown) {
            unknown = unknown == nullptr ? verdict.rule : unknown;
        } else if (verdict.vote != Vote::kNeutral && found.vote == Vote::kNeutral) {
            found.vote = verdict.vote;
            found.rule = container.children.size() == 1 ? verdict.rule : &container;
        }
    }
    return unknown == nullptr ? found : Verdict{Vote::kUnknown, unknown, {}};
}

Verdict judge(const Requirement& rule, const Visitor& visitor, bool is_one_of_every) {
    if (base::Effort::count()) {
        return {Vote::kFailed, &rule, std::string(kRulesTakeTooLong)};
    }
    if (!rule.applies_to(visitor.method)) {
        return {is_one_of_every ? Vote::kGranted : Vote::kNeutral, &rule, {}};
    }
    Verdict verdict{Vote::kDenied, &rule, {}};
    if (rule.is_container()) {
        verdict = judge_children(rule, visitor);
    } else if (const auto met = is_met(rule, visitor); !met) {
        return {Vote::kFailed, &rule, met.error().what};
    } else if (base::Effort::count()) {
        return {Vote::kFailed, &rule, std::string(kRulesTakeTooLong)};
    } else if (*met != Met::kNo) {
        verdict.vote = *met == Met::kYes ? Vote::kGranted : Vote::kUnknown;
    }
    if (rule.is_negated && verdict.vote == Vote::kGranted) {
        verdict.vote = Vote::kDenied;
    } else if (rule.is_negated && verdict.vote == Vote::kDenied) {
        verdict.vote = Vote::kNeutral;  // not to be denied is not to be granted
    }
    return verdict;
}

// "Require all granted" alone, as most sites have it: there is nothing to ask. Null: more is said.
const Requirement* only_grant(const config::AccessRules& rules) {
    if (rules.by_host || !rules.required || rules.required->is_negated ||
        rules.required->children.size() != 1) {
        return nullptr;
    }
    const auto& rule = rules.required->children.front();
    const bool is_grant =
        rule.kind == RequirementKind::kGranted && !rule.is_negated && rule.methods.are_all();
    return is_grant ? &rule : nullptr;
}

Decision decide_by_requirements(const config::AccessRules& rules, const Visitor& visitor) {
    if (!rules.required) {
        return {};
    }
    auto verdict = judge(*rules.required, visitor, true);
    Decision decision;
    decision.status = verdict.vote == Vote::kGranted   ? 0
                      : verdict.vote == Vote::kFailed  ? kInternalServerError
                      : verdict.vote == Vote::kUnknown ? kServiceUnavailable
                                                       : kForbidden;
    decision.rule = verdict.rule->text;
    decision.place = &verdict.rule->place;
    decision.failure =
        verdict.vote == Vote::kUnknown ? std::string(kNameIsUnknown) : std::move(verdict.failure);
    return decision;
}

Met is_met(const HostRule& rule, const Visitor& visitor) {
    if (!rule.methods.contain(visitor.method)) {
        return Met::kNo;
    }
    switch (rule.kind) {
        case HostRule::Kind::kAll:
            return Met::kYes;
        case HostRule::Kind::kAddress:
            return met_if(visitor.is_in(rule.networks));
        case HostRule::Kind::kHostName:
            return visitor.is_called(rule.name);
        case HostRule::Kind::kVariable:
            return met_if(visitor.has(rule.variable));
        case HostRule::Kind::kNoVariable:
            break;
    }
    return met_if(!visitor.has(rule.variable));
}

// What a list of Allow or Deny says, and by which rule.
struct HostVerdict {
    Met met = Met::kNo;
    const HostRule* rule = nullptr;
};

// By the first that is met, else by the first of which that is not known; or by the one in the
// middle of which the Effort was spent, if it was: whoever uses the result asks that afterwards.
HostVerdict judge(const std::vector<HostRule>& rules, const Visitor& visitor) {
    HostVerdict verdict;
    for (const HostRule& rule : rules) {
        const Met met = base::Effort::count() ? Met::kYes : is_met(rule, visitor);
        if (met == Met::kYes) {
            return {met, &rule};
        }
        if (met == Met::kUnknown && verdict.met == Met::kNo) {
            verdict = {met, &rule};
        }
    }
    return verdict;
}

// The last one for this method, or null.
template <class Rule>
const Rule* last_for(const std::vector<Rule>& rules, std::string_view method) {
    const auto found = std::find_if(rules.rbegin(), rules.rend(), [&](const Rule& rule) {
        return rule.methods.contain(method);
    });
    return found == rules.rend() ? nullptr : &*found;
}

template <class Rule>
Decision decided(int status, const Rule* rule) {
    Decision decision;
    decision.status = status;
    if (rule != nullptr) {
        decision.rule = rule->text;
        decision.place = &rule->place;
    }
    return decision;
}

Decision undecided(const HostRule& rule) {
    auto decision = decided(kServiceUnavailable, &rule);
    decision.failure = kNameIsUnknown;
    return decision;
}

Decision decide_by_hosts(const config::HostRules& rules, const Visitor& visitor) {
    const auto* const order = last_for(rules.orders, visitor.method);
    const HostVerdict allow = judge(rules.allows, visitor);
    const HostVerdict deny = judge(rules.denies, visitor);
    if (const auto* const last = deny.rule != nullptr ? deny.rule : allow.rule;
        last != nullptr && base::Effort::count()) {
        auto decision = decided(kInternalServerError, last);
        decision.failure = kRulesTakeTooLong;
        return decision;
    }
    const bool allows_by_default = order == nullptr || order->order == config::Order::kDenyAllow;
    // The list that has the last word; where neither says anything, it is as if that one had.
    const HostVerdict& last = allows_by_default ? allow : deny;
    const HostVerdict& first = allows_by_default ? deny : allow;
    const int word_of_last = allows_by_default ? 0 : kForbidden;
    if (last.met == Met::kYes) {
        return decided(word_of_last, last.rule);
    }
    if (first.met == Met::kNo) {
        return decided(word_of_last, order);
    }
    if (last.met == Met::kUnknown || first.met == Met::kUnknown) {
        return undecided(last.met == Met::kUnknown ? *last.rule : *first.rule);
    }
    return decided(allows_by_default ? kForbidden : 0, first.rule);
}

// They are joined by Satisfy.
Decision decide_by_both(const config::AccessRules& rules, const Visitor& visitor) {
    if (rules.by_host) {
        const auto* const satisfy = last_for(rules.by_host->satisfies, visitor.method);
        const bool is_any_enough = satisfy != nullptr && satisfy->is_any;
        auto by_hosts = decide_by_hosts(*rules.by_host, visitor);
        if (by_hosts.is_granted() == is_any_enough) {
            return by_hosts;  // it settles the matter alone
        }
        if (by_hosts.is_granted() && !rules.required) {
            return by_hosts;
        }
        if (by_hosts.status == kServiceUnavailable) {  // and what is required may be enough
            auto decision = decide_by_requirements(rules, visitor);
            return decision.is_granted() ? decision : by_hosts;
        }
    }
    return decide_by_requirements(rules, visitor);
}

}  // namespace

std::string Decision::reason() const {
    return place == nullptr || rule.empty() ? sentence()
                                            : fmt::format("{} ({})", sentence(), place->text());
}

std::string Decision::sentence() const {
    const std::string_view word = is_granted()           ? "granted"
                                  : status == kForbidden ? "denied"
                                                         : "failed";
    if (rule.empty()) {
        return fmt::format("{}, as no rule is about it", word);
    }
    return failure.empty() ? fmt::format("{} by {}", word, rule)
                           : fmt::format("{} in {}: {}", word, rule, failure);
}

bool grant_all(const config::AccessRules& rules) {
    return (!rules.required && !rules.by_host) || only_grant(rules) != nullptr;
}

Decision decide(const config::AccessRules& rules, const Walk& walk) {
    if (!rules.required && !rules.by_host) {
        return {};
    }
    if (const auto* const rule = only_grant(rules)) {
        return decided(0, rule);
    }
    const Visitor visitor(walk);
    auto decision = decide_by_both(rules, visitor);
    decision.needs_remote_host = visitor.wants_remote_host();
    return decision;
}

}  // namespace site
