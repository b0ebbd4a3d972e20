// A set of request methods: those that <Limit> names, or all but those that <LimitExcept> names.
// HEAD is GET, as in Apache; the case of a name counts. A value; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace config {

// GET for HEAD, else `method`.
std::string_view canonical_method(std::string_view method);

class Methods {
public:
    Methods() = default;  // all

    [[nodiscard]] bool contain(std::string_view method) const;
    [[nodiscard]] bool are_all() const { return is_except_ && names_.empty(); }

    [[nodiscard]] bool is_exception() const { return is_except_; }  // all but those in text()

    // What is left of these inside of <Limit names> and <LimitExcept names>. The error is a
    // sentence about the names.
    [[nodiscard]] base::Result<Methods> only(std::span<const std::string> names) const;
    [[nodiscard]] base::Result<Methods> except(std::span<const std::string> names) const;

    [[nodiscard]] std::string text() const;  // "Limit GET POST" or "LimitExcept GET"
    bool operator==(const Methods&) const = default;

private:
    bool is_except_ = true;
    std::vector<std::string> names_;  // sorted, HEAD as GET
};

}  // namespace config
