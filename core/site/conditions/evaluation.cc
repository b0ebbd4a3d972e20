#include "core/site/conditions/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include "core/base/check.h"
#include "core/base/process/process_environment.h"
#include "core/base/text/digest.h"
#include "core/base/text/effort.h"
#include "core/base/text/glob.h"
#include "core/base/text/text.h"
#include "core/config/expression/expression_nodes.h"
#include "core/site/conditions/expression_functions.h"

namespace site {
namespace {

using Node = config::ExpressionNode;
using NodeKind = config::ExpressionNode::Kind;
using config::Comparison;
using config::ExpressionFunction;

// All fields of a request fit in four times.
constexpr std::size_t kValueBytesMax = std::size_t{256} * 1024;

// Each comparison with a pattern has its own limit; this one is for all of an expression together,
// also where nobody has set one for the whole request.
constexpr std::chrono::milliseconds kEvaluationTimeMax{100};

template <class T>
bool compare(const T& a, Comparison comparison, const T& b) {
    switch (comparison) {
        case Comparison::kEqual:
            return a == b;
        case Comparison::kNotEqual:
            return a != b;
        case Comparison::kLess:
            return a < b;
        case Comparison::kLessOrEqual:
            return a <= b;
        case Comparison::kGreater:
            return a > b;
        case Comparison::kGreaterOrEqual:
            return a >= b;
    }
    return false;
}

bool is_truthy(std::string_view text) {
    constexpr std::string_view kFalse[] = {"", "0", "off", "false", "no"};
    return std::ranges::none_of(kFalse, [text](std::string_view word) {
        return base::equal_case_blind(word, text);
    });
}

tl::unexpected<base::Error> give_up(std::string what) {
    return base::fail(base::Fault::kServer, std::move(what));
}

std::string environment_of_request(const Walk& walk, std::string_view name) {
    return std::string(walk.environment.find(name).value_or(std::string_view()));
}

std::string environment_of_server(std::string_view name) {
    return std::string(base::process_variable(name).value_or(std::string_view()));
}

// One evaluation. Recursion is as deep as the tree, which the parser has limited.
class Evaluation {
public:
    // `vary` as in Walk.
    Evaluation(const Walk& walk, ExpressionGroups& groups, std::vector<std::string>* vary)
        : walk_(walk), groups_(groups), vary_(vary) {}

    base::Result<bool> condition(const Node& node);
    // Appends the value of a word.
    base::Result<> append(const Node& node, std::string& out);

private:
    // The value of a word: of a constant its own text, else what `scratch` then holds.
    base::Result<std::string_view> word(const Node& node, std::string& scratch);

    base::Result<bool> any(const Node& node, bool wanted);
    base::Result<bool> compare_words(const Node& node);
    base::Result<bool> match(const Node& node);
    base::Result<bool> is_one_of(const Node& node);
    base::Result<bool> of_word(const Node& node);
    void call(ExpressionFunction function, std::string_view argument, std::string& out) const;
    [[nodiscard]] std::string look_up(ExpressionFunction function, std::string_view name) const;

    base::Result<> check_time() const;
    [[nodiscard]] tl::unexpected<base::Error> too_long() const;

    void depends_on(std::string_view field) const {
        if (vary_ != nullptr) {
            add_varying(field, *vary_);
        }
    }

    const Walk& walk_;
    ExpressionGroups& groups_;
    std::vector<std::string>* const vary_;
    const base::Effort effort_{kEvaluationTimeMax};
};

base::Result<bool> Evaluation::condition(const Node& node) {
    switch (node.kind) {
        case NodeKind::kNot:
            return !TRY(condition(node.operands.front()));
        case NodeKind::kAnd:
            return !TRY(any(node, false));
        case NodeKind::kOr:
            return any(node, true);
        case NodeKind::kConstant:
            return node.is_true;
        case NodeKind::kCompareText:
        case NodeKind::kCompareNumbers:
        case NodeKind::kGlob:
            return compare_words(node);
        case NodeKind::kMatches:
            return match(node);
        case NodeKind::kIsOneOf:
            return is_one_of(node);
        case NodeKind::kIsRemoteInNetwork:
            return node.network->contains(walk_.request->remote_addr);
        default:
            return of_word(node);
    }
}

base::Result<> Evaluation::check_time() const {
    return base::Effort::count() ? base::Result<>(too_long()) : base::Result<>();
}

tl::unexpected<base::Error> Evaluation::too_long() const {
    return give_up(
        effort_.was_exceeded()
            ? fmt::format("its comparisons took longer than {} ms", kEvaluationTimeMax.count())
            : std::string("all patterns and conditions of this request together take too long")
    );
}

// Whether an operand is `wanted`; those behind it are not evaluated.
base::Result<bool> Evaluation::any(const Node& node, bool wanted) {
    for (const Node& operand : node.operands) {
        TRY(check_time());
        if (TRY(condition(operand)) == wanted) {
            return true;
        }
    }
    return false;
}

base::Result<bool> Evaluation::compare_words(const Node& node) {
    std::string left_scratch;
    std::string right_scratch;
    const auto left = TRY(word(node.operands[0], left_scratch));
    const auto right = TRY(word(node.operands[1], right_scratch));
    if (node.kind == NodeKind::kCompareText) {
        return compare(left, node.comparison, right);
    }
    if (node.kind == NodeKind::kCompareNumbers) {
        return compare(base::leading_number(left), node.comparison, base::leading_number(right));
    }
    const auto result = base::glob_match(right, left, {node.is_case_blind, node.is_path});
    if (result == base::Match::kGaveUp) {
        if (base::Effort::is_spent()) {
            return too_long();
        }
        return give_up(fmt::format(
            "a pattern of {} characters on a text of {} took too long", right.size(), left.size()
        ));
    }
    return result == base::Match::kYes;
}

base::Result<bool> Evaluation::match(const Node& node) {
    std::string scratch;
    const auto text = TRY(word(node.operands.front(), scratch));
    base::Captures captures;
    const auto result = node.regex->match(text, &captures);
    if (result == base::Match::kGaveUp) {
        if (base::Effort::is_spent()) {
            return too_long();
        }
        return give_up(fmt::format(
            "the regular expression \"{}\" took too long on a text of {} characters",
            node.regex->pattern(),
            text.size()
        ));
    }
    const bool is_match = result == base::Match::kYes;
    if (node.regex->has_groups()) {
        if (is_match) {
            groups_.assign(captures);
        } else {
            groups_.clear();
        }
    }
    return is_match == node.is_true;
}

base::Result<bool> Evaluation::is_one_of(const Node& node) {
    std::string scratch;
    std::string other_scratch;
    const auto text = TRY(word(node.operands.front(), scratch));
    for (std::size_t i = 1; i < node.operands.size(); ++i) {
        TRY(check_time());
        if (TRY(word(node.operands[i], other_scratch)) == text) {
            return true;
        }
    }
    return false;
}

base::Result<bool> Evaluation::of_word(const Node& node) {
    CHECK(!node.operands.empty());
    std::string scratch;
    const auto text = TRY(word(node.operands.front(), scratch));
    switch (node.kind) {
        case NodeKind::kIsInNetwork:
            return node.network->contains(text);
        case NodeKind::kIsNotEmpty:
            return !text.empty();
        case NodeKind::kIsEmpty:
            return text.empty();
        case NodeKind::kIsTruthy:
            return is_truthy(text);
        default:
            CHECK(false && "a word is no condition");
            return false;
    }
}

base::Result<std::string_view> Evaluation::word(const Node& node, std::string& scratch) {
    if (node.kind == NodeKind::kText) {
        return std::string_view(node.text);
    }
    scratch.clear();
    TRY(append(node, scratch));
    return std::string_view(scratch);
}

base::Result<> Evaluation::append(const Node& node, std::string& out) {
    switch (node.kind) {
        case NodeKind::kText:
            out.append(node.text);
            break;
        case NodeKind::kVariable:
            depends_on(config::field_of(node.variable));
            out.append(server_variable(walk_, node.variable));
            break;
        case NodeKind::kGroup:
            out.append(groups_.texts.at(node.group));
            break;
        case NodeKind::kConcatenation:
            for (const Node& operand : node.operands) {
                TRY(check_time());
                TRY(append(operand, out));
            }
            break;
        case NodeKind::kCall: {
            std::string scratch;
            call(node.function, TRY(word(node.operands.front(), scratch)), out);
            break;
        }
        default:
            CHECK(false && "a condition is no word");
    }
    if (out.size() > kValueBytesMax) {
        return give_up(fmt::format("a text grew beyond {} characters", kValueBytesMax));
    }
    return {};
}

void Evaluation::call(ExpressionFunction function, std::string_view argument, std::string& out)
    const {
    switch (function) {
        case ExpressionFunction::kToLower:
            return base::append_lower(out, argument);
        case ExpressionFunction::kToUpper:
            return base::append_upper(out, argument);
        case ExpressionFunction::kEscape:
            return append_escaped(out, argument);
        case ExpressionFunction::kUnescape:
            return append_unescaped(out, argument);
        case ExpressionFunction::kBase64:
            return append_base64(out, argument);
        case ExpressionFunction::kUnbase64:
            return append_unbase64(out, argument);
        case ExpressionFunction::kMd5:
            out.append(base::md5(argument));
            return;
        case ExpressionFunction::kSha1:
            out.append(base::sha1(argument));
            return;
        default:
            out.append(look_up(function, argument));
    }
}

std::string Evaluation::look_up(ExpressionFunction function, std::string_view name) const {
    switch (function) {
        case ExpressionFunction::kHeader:
            depends_on(name);
            return field_value(*walk_.request, name);
        case ExpressionFunction::kHeaderWithoutVary:
            return field_value(*walk_.request, name);
        case ExpressionFunction::kRequestEnvironment:
            return environment_of_request(walk_, name);
        case ExpressionFunction::kServerEnvironment:
            return environment_of_server(name);
        case ExpressionFunction::kAnyEnvironment:
            return walk_.environment.find(name) ? environment_of_request(walk_, name)
                                                : environment_of_server(name);
        default:
            return {};
    }
}

}  // namespace

void ExpressionGroups::assign(const base::Captures& captures) {
    std::ranges::transform(captures.groups, texts.begin(), [](std::string_view text) {
        return std::string(text);
    });
    is_set = true;
}

void ExpressionGroups::clear() {
    texts.fill(std::string());
    is_set = false;
}

base::Captures ExpressionGroups::captures() const {
    base::Captures captures;
    std::ranges::copy(texts, captures.groups.begin());
    captures.end = texts.front().size();
    return captures;
}

base::Result<bool> holds(
    const config::Expression& condition, const Walk& walk, ExpressionGroups* groups
) {
    ExpressionGroups own;
    return Evaluation(walk, groups == nullptr ? own : *groups, walk.vary)
        .condition(condition.root());
}

base::Result<std::string> value_of(
    const config::Expression& text, const Walk& walk, const ExpressionGroups* groups
) {
    ExpressionGroups own = groups == nullptr ? ExpressionGroups() : *groups;
    std::string out;
    TRY(Evaluation(walk, own, nullptr).append(text.root(), out));
    return out;
}

}  // namespace site
