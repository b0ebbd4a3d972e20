#include "core/base/text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/check.h"
#include "core/base/text/effort.h"

namespace base {
namespace {

// Enough for every sensible pattern on a path of 8 KiB, and less than a few milliseconds. PCRE2
// counts anew for each place where a match might start: see match_anywhere().
constexpr std::uint32_t kMatchLimit = 200'000;
constexpr std::uint32_t kAllStartsLimit = 2 * kMatchLimit;
constexpr std::uint32_t kStartLimitMin = 16;
// Where a pattern needs more than its share at some start, each is tried by itself, so long.
constexpr std::chrono::milliseconds kTimeMax{4};
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
        pcre2_set_depth_limit(context.get(), kDepthLimit);
        pcre2_set_heap_limit(context.get(), kHeapLimitKiB);
    }
    int match(
        const pcre2_code* code,
        std::string_view text,
        std::size_t start,
        std::uint32_t options,
        std::uint32_t limit
    ) {
        pcre2_set_match_limit(context.get(), limit);
        return pcre2_match(
            code,
            reinterpret_cast<PCRE2_SPTR>(text.data()),
            text.size(),
            start,
            options,
            data.get(),
            context.get()
        );
    }
    int match_anywhere(const pcre2_code* code, std::string_view text);

    std::unique_ptr<pcre2_match_context, FreeContext> context;
    std::unique_ptr<pcre2_match_data, FreeData> data;
};

// A pattern that may match anywhere: the limit is shared by all starts, so that a long text has no
// more of it than a short one. A pattern that needs more at some start gets that, but the clock
// runs.
int Matcher::match_anywhere(const pcre2_code* code, std::string_view text) {
    const auto starts =
        static_cast<std::uint32_t>(std::min<std::size_t>(text.size(), UINT32_MAX - 1));
    const auto share = std::clamp(kAllStartsLimit / (starts + 1), kStartLimitMin, kMatchLimit);
    int count = match(code, text, 0, 0, share);
    if (count != PCRE2_ERROR_MATCHLIMIT || share == kMatchLimit) {
        return count;
    }
    const Effort effort(kTimeMax);
    for (std::size_t start = 0; start <= text.size(); ++start) {
        count = match(code, text, start, PCRE2_ANCHORED, kMatchLimit);
        if (count != PCRE2_ERROR_NOMATCH || Effort::is_spent()) {
            return count == PCRE2_ERROR_NOMATCH ? PCRE2_ERROR_MATCHLIMIT : count;
        }
    }
    return PCRE2_ERROR_NOMATCH;
}

thread_local std::size_t compiled_on_this_thread = 0;

}  // namespace

struct Regex::Code {
    Code(std::string_view its_pattern, bool its_case_blind, pcre2_code* its_code)
        : pattern(its_pattern), is_case_blind(its_case_blind), code(its_code) {
        std::uint32_t options = 0;
        pcre2_pattern_info(code, PCRE2_INFO_ALLOPTIONS, &options);
        is_anchored = (options & PCRE2_ANCHORED) != 0;
        read_names();
    }
    ~Code() { pcre2_code_free(code); }
    Code(const Code&) = delete;
    Code& operator=(const Code&) = delete;

    const std::string pattern;
    const bool is_case_blind;
    pcre2_code* const code;
    bool is_anchored = false;  // only the start of a text may match
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
    thread_local Matcher matcher;
    if (Effort::is_spent()) {
        return Match::kGaveUp;
    }
    const int count = code_->is_anchored ? matcher.match(code_->code, text, 0, 0, kMatchLimit)
                                         : matcher.match_anywhere(code_->code, text);
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

std::optional<std::string> substitute(
    std::string_view text, const Captures& captures, std::size_t bytes_max
) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (out.size() > bytes_max) {
            return std::nullopt;
        }
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
    return out.size() > bytes_max ? std::nullopt : std::optional(std::move(out));
}

}  // namespace base
