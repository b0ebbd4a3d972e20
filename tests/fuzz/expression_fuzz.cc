// Any bytes as an expression: parsed as a condition and as a string, and evaluated for a request.
// Whatever they are, the answer comes soon and is of limited size.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/check.h"
#include "core/config/expression/expression.h"
#include "core/site/conditions/evaluation.h"
#include "tests/support/unit/sample_walk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const support::SampleWalk sample;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    site::ExpressionGroups groups;
    if (const auto condition = config::Expression::parse_condition(text)) {
        const auto holds = site::holds(*condition, sample.walk, &groups);
        CHECK(holds || !holds.error().what.empty());
        CHECK(condition->text() == text);
    } else {
        CHECK(!condition.error().what.empty());
    }
    if (const auto parsed = config::Expression::parse_string(text)) {
        constexpr std::size_t kValueBytesMax = std::size_t{256} * 1024;
        const auto value = site::value_of(*parsed, sample.walk, &groups);
        CHECK(value ? value->size() <= kValueBytesMax : !value.error().what.empty());
    } else {
        CHECK(!parsed.error().what.empty());
    }
    return 0;
}
