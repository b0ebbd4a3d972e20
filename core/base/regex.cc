#include "core/base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <algorithm>

#include "core/base/check.h"

namespace base {
namespace {

// Enough for every sensible pattern on a path of 8 KiB, and less than a few milliseconds.
constexpr std::uint32_t kMatchLimit = 200'000;
constexpr std::uint32_t kDepthLimit = 20'000;
constexpr std::uint32_t kHeapLimitKiB = 2048;

struct FreeContext {
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
struct FreeData {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

struct Matcher {
    Matcher()
        : context(pcre2_match_context_create(nullptr)),
          data(pcre2_match_data_create(Captures::kMax, nullptr)) {
        CHECK(context && data);
        pcre2_set_match_limit(context.get(), kMatchLimit);
        pcre2_set_depth_limit(context.get(), kDepthLimit);
        pcre2_set_heap_limit(context.get(), kHeapLimitKiB);
    }
    std::unique_ptr<pcre2_match_context, FreeContext> context;
    std::unique_ptr<pcre2_match_data, FreeData> data;
};

thread_local std::size_t compiled_on_this_thread = 0;

}  // namespace

struct Regex::Code {
    Code(std::string_view its_pattern, bool its_case_blind, pcre2_code* its_code)
        : pattern(its_pattern), is_case_blind(its_case_blind), code(its_code) {
        read_names();
    }
    ~Code() { pcre2_code_free(code); }
    Code(const Code&) = delete;
    Code& operator=(const Code&) = delete;

    const std::string pattern;
    const bool is_case_blind;
    pcre2_code* const code;
    std::vector<Name> names;

private:
    // PCRE2's table: two bytes of a group's number, then its name and a zero byte.
    void read_names() {
        std::uint32_t count = 0;
        std::uint32_t size = 0;
        PCRE2_SPTR entry = nullptr;
        pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &count);
        pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &size);
        pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &entry);
        for (; count > 0; --count, entry += size) {
            const std::size_t group = (std::size_t{entry[0]} << 8U) | entry[1];
            if (group < Captures::kMax) {
                names.push_back({reinterpret_cast<const char*>(entry + 2), group});
            }
        }
    }
};

Result<Regex> Regex::compile(std::string_view pattern, bool is_case_blind) {
    const std::uint32_t options =
        PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | (is_case_blind ? PCRE2_CASELESS : 0);
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* const code = pcre2_compile(
        reinterpret_cast<PCRE2_SPTR>(pattern.data()),
        pattern.size(),
        options,
        &error,
        &offset,
        nullptr
    );
    if (code == nullptr) {
        std::array<PCRE2_UCHAR, 256> text{};
        pcre2_get_error_message(error, text.data(), text.size());
        return fail(
            Fault::kConfig,
            fmt::format(
                "Regular expression could not be compiled: {} at character {}",
                reinterpret_cast<const char*>(text.data()),
                offset + 1
            )
        );
    }
    std::size_t size = 0;
    pcre2_pattern_info(code, PCRE2_INFO_SIZE, &size);
    compiled_on_this_thread += size;
    return Regex(std::make_shared<const Code>(pattern, is_case_blind, code));
}

std::size_t Regex::bytes_compiled() { return compiled_on_this_thread; }

Match Regex::match(std::string_view text, Captures* captures) const {
    thread_local const Matcher matcher;
    const int count = pcre2_match(
        code_->code,
        reinterpret_cast<PCRE2_SPTR>(text.data()),
        text.size(),
        0,
        0,
        matcher.data.get(),
        matcher.context.get()
    );
    if (count < 0) {
        return count == PCRE2_ERROR_NOMATCH ? Match::kNo : Match::kGaveUp;
    }
    if (captures != nullptr) {
        *captures = Captures();
        const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(matcher.data.get());
        // 0: there were more groups than places.
        const auto filled = count == 0 ? Captures::kMax : static_cast<std::size_t>(count);
        for (std::size_t i = 0; i < std::min(filled, Captures::kMax); ++i) {
            if (ends[2 * i] != PCRE2_UNSET && ends[2 * i] <= ends[2 * i + 1]) {
                captures->groups.at(i) = text.substr(ends[2 * i], ends[2 * i + 1] - ends[2 * i]);
            }
        }
        captures->begin = ends[0];
        captures->end = std::max(ends[0], ends[1]);
    }
    return Match::kYes;
}

const std::vector<Regex::Name>& Regex::names() const { return code_->names; }

const std::string& Regex::pattern() const { return code_->pattern; }
bool Regex::is_case_blind() const { return code_->is_case_blind; }
bool Regex::has_groups() const {
    std::uint32_t count = 0;
    pcre2_pattern_info(code_->code, PCRE2_INFO_CAPTURECOUNT, &count);
    return count != 0;
}

std::string substitute(std::string_view text, const Captures& captures) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        if (c == '\\' && at + 1 < text.size()) {
            out.push_back(next);
            ++at;
        } else if (c == '$' && next >= '0' && next <= '9') {
            out.append(captures.groups.at(static_cast<std::size_t>(next - '0')));
            ++at;
        } else {
            out.push_back(c);
        }
    }
    return out;
}

}  // namespace base
