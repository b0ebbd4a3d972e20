#include "core/config/model/methods.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/base/text/text.h"
#include "core/config/model/refuse.h"

namespace config {
namespace {

using Names = std::vector<std::string>;

bool is_method(std::string_view name) {
    constexpr std::string_view kTokenBytes = "!#$%&'*+-.^_`|~";  // RFC 9110, 5.6.2
    return !name.empty() && std::ranges::all_of(name, [&](char c) {
        return base::is_letter_or_digit(c) || kTokenBytes.find(c) != std::string_view::npos;
    });
}

base::Result<Names> read_names(std::span<const std::string> words) {
    Names names;
    for (const auto& word : words) {
        if (!is_method(word)) {
            return base::fail(
                base::Fault::kConfig, fmt::format("\"{}\": expected a method such as POST", word)
            );
        }
        names.emplace_back(canonical_method(word));
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

Names difference(const Names& from, const Names& what) {
    Names out;
    std::ranges::set_difference(from, what, std::back_inserter(out));
    return out;
}

}  // namespace

std::string_view canonical_method(std::string_view method) {
    return method == "HEAD" ? "GET" : method;
}

bool Methods::contain(std::string_view method) const {
    return names_.empty()
               ? is_except_
               : std::ranges::binary_search(names_, canonical_method(method)) != is_except_;
}

base::Result<Methods> Methods::only(std::span<const std::string> names) const {
    const auto wanted = TRY(read_names(names));
    if (std::ranges::find(wanted, "TRACE") != wanted.end()) {
        return refuse("TRACE cannot be controlled by <Limit>");
    }
    Methods out;
    out.is_except_ = false;
    if (is_except_) {
        out.names_ = difference(wanted, names_);
    } else {
        std::ranges::set_intersection(wanted, names_, std::back_inserter(out.names_));
    }
    if (out.names_.empty()) {
        return refuse("nothing is left of the methods around it");
    }
    return out;
}

base::Result<Methods> Methods::except(std::span<const std::string> names) const {
    const auto unwanted = TRY(read_names(names));
    Methods out = *this;
    out.names_.clear();
    if (is_except_) {
        std::ranges::set_union(names_, unwanted, std::back_inserter(out.names_));
    } else {
        out.names_ = difference(names_, unwanted);
        if (out.names_.empty()) {
            return refuse("nothing is left of the methods around it");
        }
    }
    if (out == *this) {
        return refuse("these methods are excluded already");
    }
    return out;
}

std::string Methods::text() const {
    return fmt::format("{} {}", is_except_ ? "LimitExcept" : "Limit", fmt::join(names_, " "));
}

}  // namespace config
