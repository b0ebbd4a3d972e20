// Who may ask: Require and its containers, and Order, Allow, Deny and Satisfy of Apache 2.2.
// Plain data, but for what is open while a section is read; evaluated by core/site/access. Merged
// rules share what they have in common.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/text/ip_network.h"
#include "core/config/expression/expression.h"
#include "core/config/model/methods.h"
#include "core/config/model/place.h"

namespace config {

// A line of Require, or a container of such lines.
struct Requirement {
    enum class Kind : std::uint8_t {
        kGranted,     // all granted
        kDenied,      // all denied
        kAddress,     // ip: one of `networks`
        kHostName,    // host: called one of `names`, or below it; lower case
        kLocal,       // local: this machine
        kVariable,    // env: one of `names` is set
        kMethod,      // method: one of `names`, each as canonical_method()
        kExpression,  // expr
        kEvery,       // <RequireAll>
        kAny,         // <RequireAny>; negated: <RequireNone>
    };
    Kind kind = Kind::kAny;
    bool is_negated = false;
    Methods methods;  // it counts for these; of a container see applies_to()
    std::vector<base::IpNetwork> networks;
    std::vector<std::string> names;
    std::optional<Expression> expression;
    std::vector<Requirement> children;
    std::string text;  // "Require ip 10", "<RequireAll>"
    Place place;

    [[nodiscard]] bool is_container() const { return kind == Kind::kEvery || kind == Kind::kAny; }
    // A container counts where one of its children does.
    [[nodiscard]] bool applies_to(std::string_view method) const;
};

// One word behind "Allow from" or "Deny from".
struct HostRule {
    enum class Kind : std::uint8_t { kAll, kAddress, kHostName, kVariable, kNoVariable };
    Kind kind = Kind::kAll;
    std::vector<base::IpNetwork> networks;  // of kAddress
    std::string name;                       // of kHostName; lower case
    std::string variable;
    Methods methods;
    std::string word;  // as written
    std::string text;  // "Allow from 10"
    Place place;
};

enum class Order : std::uint8_t { kDenyAllow, kAllowDeny, kMutualFailure };
struct OrderRule {
    Order order = Order::kDenyAllow;
    Methods methods;
    std::string text;  // "Order Deny,Allow"
    Place place;
};

struct SatisfyRule {
    bool is_any = false;
    Methods methods;
    std::string text;  // "Satisfy Any"
    Place place;
};

// The directives of Apache 2.2. Of several that count for a method, the last Order and Satisfy
// does.
struct HostRules {
    std::vector<OrderRule> orders;  // none: Deny,Allow
    std::vector<HostRule> allows;
    std::vector<HostRule> denies;
    std::vector<SatisfyRule> satisfies;  // none: All
};

enum class AuthMerging : std::uint8_t { kOff, kAnd, kOr };

struct AccessRules {
    std::shared_ptr<Requirement> required;  // a container; null: Require says nothing
    std::optional<AuthMerging> merging;
    std::shared_ptr<HostRules> by_host;  // null: the directives of 2.2 say nothing

    // Require replaces or joins what the outer section says, by AuthMerging; the directives of 2.2
    // replace it as soon as there is one.
    void overlay(const AccessRules& inner);

    // --- While a section is read -----------------------------------------------------------------
    // The containers are <RequireAll>, <RequireAny>, <RequireNone>, <Limit> and <LimitExcept>. Each
    // is opened, and closed with the same name; then `open` is empty again. Errors are sentences
    // about the container; what could not be opened is not to be closed.
    static bool is_container(std::string_view name);
    base::Result<> open_container(
        std::string_view name, std::span<const std::string> words, const Place& place
    );
    base::Result<> close_container(std::string_view name);
    // The name of the innermost open container of Require, within which only Require, <Limit> and
    // further containers may stand; "" when none is open.
    [[nodiscard]] std::string_view requires_in() const;

    // For the directives: the methods that count here, and where Require goes.
    [[nodiscard]] Methods methods_here() const;
    base::Result<> add(Requirement requirement);
    HostRules& host_rules();

    struct Open {
        bool is_limit = false;
        Methods methods;
        Requirement requirement;  // unless is_limit
    };
    std::vector<Open> open;  // from outside to inside

private:
    Requirement& required_here();  // the innermost container of Require
};

}  // namespace config
