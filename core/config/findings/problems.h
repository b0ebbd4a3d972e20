// What is wrong with a configuration, collected while it is read: problems keep it from being
// served, warnings do not. One thread; lives as long as the reading.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/findings/finding.h"
#include "core/config/model/place.h"

namespace config {

class Problems {
public:
    // Where `findings` is given, everything goes there, too.
    explicit Problems(std::string file, std::vector<Finding>* findings = nullptr)
        : file_(std::move(file)), findings_(findings) {}

    void add(const Place& place, std::string sentence);
    // About the file as a whole.
    void add(std::string sentence) { add(Place{nullptr, kNoLine}, std::move(sentence)); }
    void warn(const Place& place, const std::string& sentence);
    // A directive that means nothing here. Warned of once, however many lines hold it.
    void ignore(const Place& place, const std::string& sentence);
    // A directive that means here what it says, but for the remarks about it.
    void took(
        const Place& place, std::string_view directive, const std::vector<std::string>& remarks = {}
    );
    // An <IfModule> or one of its kin, with all that is in it.
    void skipped(const Place& place, std::string_view section) {
        find(Finding::Kind::kSkipped, place, section);
    }
    // The virtual host that what follows is about.
    void enter_host(std::uint32_t host) { host_ = host; }

    [[nodiscard]] bool are_collected() const { return findings_ != nullptr; }
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
    void find(Finding::Kind kind, const Place& place, std::string_view sentence) {
        if (findings_ != nullptr) {
            findings_->push_back({kind, host_, place, std::string(sentence)});
        }
    }

    std::string file_;
    std::vector<Finding>* findings_;
    std::uint32_t host_ = 0;
    std::vector<std::string> files_;
    std::vector<Problem> problems_;
    std::vector<std::string> warnings_;
    std::set<std::string> ignored_;  // sentences
};

}  // namespace config
