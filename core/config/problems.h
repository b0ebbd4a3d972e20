// What is wrong with a configuration, collected while it is read: problems keep it from being
// served, warnings do not. One thread; lives as long as the reading.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/config/place.h"

namespace config {

class Problems {
public:
    explicit Problems(std::string file) : file_(std::move(file)) {}

    void add(const Place& place, std::string sentence);
    // About the file as a whole.
    void add(std::string sentence) { add(Place{nullptr, kNoLine}, std::move(sentence)); }
    void warn(const Place& place, const std::string& sentence) {
        warnings_.push_back(place.text() + ": " + sentence);
    }

    [[nodiscard]] bool is_empty() const { return problems_.empty(); }
    [[nodiscard]] std::size_t count() const { return problems_.size(); }

    // A line for each of the first 100: in the order in which the files were opened, then of their
    // lines.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

private:
    static constexpr int kNoLine = 1 << 30;  // behind all lines

    struct Problem {
        std::size_t file = 0;  // which one, in the order in which they were first heard of
        int line = 0;
        std::string text;
    };
    std::string file_;
    std::vector<std::string> files_;
    std::vector<Problem> problems_;
    std::vector<std::string> warnings_;
};

}  // namespace config
