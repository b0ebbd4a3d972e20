#include "core/config/model/access_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/text/text.h"
#include "core/config/model/refuse.h"

namespace config {
namespace {

struct Container {
    std::string_view name;
    Requirement::Kind kind;
    bool is_negated = false;
    bool is_limit = false;
};
constexpr std::array kContainers = {
    Container{"Limit", Requirement::Kind::kAny, false, true},
    Container{"LimitExcept", Requirement::Kind::kAny, true, true},
    Container{"RequireAll", Requirement::Kind::kEvery},
    Container{"RequireAny", Requirement::Kind::kAny},
    Container{"RequireNone", Requirement::Kind::kAny, true},
};

const Container* find_container(std::string_view name) {
    const auto* const found = std::ranges::find_if(kContainers, [&](const Container& container) {
        return base::equal_case_blind(container.name, name);
    });
    return found == kContainers.end() ? nullptr : found;
}

// What Require outside of all containers belongs to.
std::shared_ptr<Requirement> implied_container(const Place& place) {
    auto container = std::make_shared<Requirement>();
    container->text = "<RequireAny>";
    container->place = place;
    return container;
}

base::Result<> check_closed(const Requirement& container) {
    if (container.children.empty()) {
        return refuse("contains no Require; remove it, or write one into it");
    }
    const bool is_only_negative = std::ranges::all_of(container.children, &Requirement::is_negated);
    if (is_only_negative) {
        return refuse(
            "contains only what is negated, which cannot let anybody in; add what does, such as "
            "\"Require all granted\""
        );
    }
    return {};
}

bool is_requirement(const AccessRules::Open& open) { return !open.is_limit; }

}  // namespace

bool Requirement::applies_to(std::string_view method) const {
    return is_container()
               ? std::ranges::any_of(
                     children, [&](const auto& child) { return child.applies_to(method); }
                 )
               : methods.contain(method);
}

void AccessRules::overlay(const AccessRules& inner) {
    if (inner.by_host) {
        by_host = inner.by_host;
    }
    if (!inner.merging && !inner.required) {
        return;
    }
    const auto how = inner.merging.value_or(AuthMerging::kOff);
    if (how == AuthMerging::kOff || !required) {
        required = inner.required;
    } else if (inner.required) {
        auto both = implied_container(inner.required->place);
        if (how == AuthMerging::kAnd) {
            both->kind = Requirement::Kind::kEvery;
            both->text = "<RequireAll>";
        }
        both->text += fmt::format(" by AuthMerging {}", how == AuthMerging::kAnd ? "And" : "Or");
        both->children = {*required, *inner.required};
        required = std::move(both);
    }
}

bool AccessRules::is_container(std::string_view name) { return find_container(name) != nullptr; }

base::Result<> AccessRules::open_container(
    std::string_view name, std::span<const std::string> words, const Place& place
) {
    const auto* const container = find_container(name);
    if (container == nullptr) {
        return refuse("this is no container of access rules");
    }
    Open opened;
    opened.is_limit = container->is_limit;
    opened.methods = methods_here();
    if (container->is_limit && words.empty()) {
        return refuse(fmt::format("requires methods, as in \"<{} POST PUT>\"", container->name));
    }
    if (container->is_limit) {
        opened.methods =
            TRY(container->is_negated ? opened.methods.except(words) : opened.methods.only(words));
    } else if (!words.empty()) {
        return refuse(fmt::format("takes no arguments; write <{}>", container->name));
    }
    opened.requirement.kind = container->kind;
    opened.requirement.is_negated = container->is_negated;
    opened.requirement.text = fmt::format("<{}>", container->name);
    opened.requirement.place = place;
    open.push_back(std::move(opened));
    return {};
}

base::Result<> AccessRules::close_container(std::string_view name) {
    const auto* const container = find_container(name);
    if (container == nullptr || open.empty()) {
        return refuse(fmt::format("</{0}> without a <{0}> before it", name));
    }
    auto closed = std::move(open.back());
    open.pop_back();
    if (closed.is_limit) {
        return {};
    }
    TRY(check_closed(closed.requirement));
    return add(std::move(closed.requirement));
}

std::string_view AccessRules::requires_in() const {
    const auto innermost = std::find_if(open.rbegin(), open.rend(), is_requirement);
    if (innermost == open.rend()) {
        return {};
    }
    const std::string_view text = innermost->requirement.text;
    return text.substr(1, text.size() - 2);  // without "<" and ">"
}

Methods AccessRules::methods_here() const { return open.empty() ? Methods() : open.back().methods; }

Requirement& AccessRules::required_here() {
    const auto innermost = std::find_if(open.rbegin(), open.rend(), is_requirement);
    if (innermost != open.rend()) {
        return innermost->requirement;
    }
    if (!required) {
        required = implied_container({});
    } else if (required.use_count() > 1) {
        required = std::make_shared<Requirement>(*required);
    }
    return *required;
}

base::Result<> AccessRules::add(Requirement requirement) {
    auto& container = required_here();
    if (requirement.is_negated && container.kind == Requirement::Kind::kAny) {
        const bool is_none = container.is_negated;
        return refuse(fmt::format(
            "a negated rule has no effect in {}; {}",
            container.text,
            is_none ? "what stands there is negated already" : "put it into <RequireAll>"
        ));
    }
    if (container.children.empty() && container.place.line == 0) {
        container.place = requirement.place;
    }
    container.children.push_back(std::move(requirement));
    return {};
}

HostRules& AccessRules::host_rules() {
    if (!by_host) {
        by_host = std::make_shared<HostRules>();
    } else if (by_host.use_count() > 1) {
        by_host = std::make_shared<HostRules>(*by_host);
    }
    return *by_host;
}

}  // namespace config
