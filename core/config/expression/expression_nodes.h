// The syntax tree of an expression: conditions, and the words that they compare. Plain data, made
// by expression.cc, evaluated by core/site. Its depth is limited, so that whoever walks it may
// recurse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text/ip_network.h"
#include "core/base/text/regex.h"
#include "core/config/expression/server_variables.h"

namespace config {

enum class Comparison : std::uint8_t {
    kEqual,
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
};

enum class ExpressionFunction : std::uint8_t {
    kHeader,              // req, http: a field of the request, on which the answer depends
    kHeaderWithoutVary,   // req_novary: the same, but caches are not told
    kRequestEnvironment,  // reqenv
    kServerEnvironment,   // osenv: of the server process, as it was when it started
    kNote,                // note: nothing here writes any
    kAnyEnvironment,      // env: the first of the three above that has a value
    kToLower,
    kToUpper,
    kEscape,
    kUnescape,
    kBase64,
    kMd5,
    kSha1,
    kUnbase64,
};

struct ExpressionNode {
    enum class Kind : std::uint8_t {
        // Conditions. The operands of the first three are conditions, those of the others words.
        kNot,
        kAnd,  // of two or more
        kOr,
        kConstant,        // `is_true`
        kCompareText,     // two words; `comparison`
        kCompareNumbers,  // likewise
        kMatches,         // one word; `regex`, `is_true` or not
        kIsOneOf,         // the first word, one of the others
        kGlob,            // a word and its pattern; `is_case_blind`, `is_path`
        kIsInNetwork,     // one word; `network`
        kIsRemoteInNetwork,
        kIsNotEmpty,  // one word
        kIsEmpty,
        kIsTruthy,  // neither empty nor "0", "off", "false" or "no"
        // Words.
        kText,           // `text`
        kVariable,       // `variable`
        kGroup,          // what group number `group` of the last regular expression has captured
        kConcatenation,  // of two or more words
        kCall,           // `function` of one word
    };

    Kind kind = Kind::kText;
    bool is_true = true;
    bool is_case_blind = false;
    bool is_path = false;
    Comparison comparison = Comparison::kEqual;
    ServerVariable variable = ServerVariable::kAuthType;
    ExpressionFunction function = ExpressionFunction::kHeader;
    std::uint8_t group = 0;
    std::string text{};
    std::vector<ExpressionNode> operands{};
    std::optional<base::Regex> regex{};
    std::optional<base::IpNetwork> network{};
};

// What an expression may be at most: whoever writes a .htaccess shall not fill memory or stack.
inline constexpr std::size_t kExpressionBytesMax = std::size_t{32} * 1024;
inline constexpr int kExpressionDepthMax = 100;  // of parentheses and calls

}  // namespace config
