// What is wrong with a configuration file, collected while it is read.
// One thread; lives as long as the parsing.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/config/config.h"

namespace config {

class Problems {
public:
    explicit Problems(std::string file) : file_(std::move(file)) {}

    void add(int line, std::string sentence) { problems_.emplace_back(line, std::move(sentence)); }
    // About the file as a whole.
    void add(std::string sentence) { add(kNoLine, std::move(sentence)); }

    [[nodiscard]] bool is_empty() const { return problems_.empty(); }

    // A line for each of the first 20, in the order of the file.
    [[nodiscard]] std::string text() const;

private:
    static constexpr int kNoLine = 1 << 30;  // behind all lines

    std::string file_;
    std::vector<std::pair<int, std::string>> problems_;
};

}  // namespace config
