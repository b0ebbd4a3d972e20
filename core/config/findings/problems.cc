#include "core/config/findings/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

namespace config {
namespace {

// It quotes a line, or a pattern of many alternatives, which may be as long as its file.
std::string without_middle(std::string sentence) {
    constexpr std::size_t kBytesMax = 4096;
    constexpr std::size_t kEnd = 512;
    if (sentence.size() > kBytesMax) {
        const std::size_t left_out = sentence.size() - kBytesMax;
        sentence.replace(kBytesMax - kEnd, left_out, fmt::format(" [... {} bytes ...] ", left_out));
    }
    return sentence;
}

}  // namespace

void Problems::add(const Place& place, std::string whole_sentence) {
    const std::string sentence = without_middle(std::move(whole_sentence));
    find(
        Finding::Kind::kProblem,
        place.line == kNoLine ? Place{std::make_shared<const std::string>(file_), 0} : place,
        sentence
    );
    const std::string& file = place.file ? *place.file : file_;
    auto known = std::ranges::find(files_, file);
    if (known == files_.end()) {
        known = files_.insert(files_.end(), file);
    }
    const auto index = static_cast<std::size_t>(known - files_.begin());
    problems_.push_back(
        {place.line == kNoLine ? files_.size() + 1 : index,
         place.line,
         place.line == kNoLine ? fmt::format("{}: {}", file_, sentence)
                               : fmt::format("{}:{}: {}", file, place.line, sentence)}
    );
}

void Problems::warn(const Place& place, const std::string& whole_sentence) {
    const std::string sentence = without_middle(whole_sentence);
    auto warning = place.text() + ": " + sentence;
    if (std::ranges::find(warnings_, warning) == warnings_.end()) {
        warnings_.push_back(std::move(warning));
    }
    find(Finding::Kind::kRemark, place, sentence);
}

void Problems::took(
    const Place& place, std::string_view directive, const std::vector<std::string>& remarks
) {
    find(Finding::Kind::kTaken, place, directive);
    for (const auto& remark : remarks) {
        warn(place, fmt::format("{}: {}", directive, remark));
    }
}

void Problems::ignore(const Place& place, const std::string& sentence) {
    if (ignored_.insert(sentence).second) {
        warn(place, sentence);
        return;
    }
    find(Finding::Kind::kRemark, place, sentence);
    if (findings_ != nullptr) {
        findings_->back().is_repeated = true;
    }
}

std::string Problems::text() const {
    constexpr std::size_t kShownMax = 100;
    auto sorted = problems_;
    std::ranges::stable_sort(sorted, {}, [](const Problem& problem) {
        return std::tuple(problem.line == kNoLine, problem.file, problem.line);
    });
    // A file that is included twice says it twice.
    std::set<std::string> told;
    std::erase_if(sorted, [&](const Problem& problem) {
        return !told.insert(problem.text).second;
    });
    std::string out;
    for (std::size_t i = 0; i < std::min(sorted.size(), kShownMax); ++i) {
        out += (i == 0 ? "" : "\n") + sorted[i].text;
    }
    if (sorted.size() > kShownMax) {
        out += fmt::format("\n{}: and {} more", file_, sorted.size() - kShownMax);
    }
    return out;
}

}  // namespace config
