// RewriteMap at work: tables that rules look into. Text files are held in memory and read again
// when they change, which is looked at once a second; SDBM files are opened again. Any thread:
// threads share immutable snapshots, and wait for each other only while a file is read; who
// serves others does not even then, but gives up (names/file_look.h).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/config/model/rewrite_rules.h"

namespace site {

// The maps of one virtual host. Lives as long as whoever follows its rules.
class RewriteMaps {
public:
    explicit RewriteMaps(
        const std::vector<config::RewriteMap>& maps,
        std::chrono::nanoseconds look_every = std::chrono::seconds(1)
    );
    ~RewriteMaps();
    RewriteMaps(const RewriteMaps&) = delete;
    RewriteMaps& operator=(const RewriteMaps&) = delete;

    struct Found {
        std::string value;
        // It is the key itself, or part of it, changed a little: what a client has sent is still in
        // it. Otherwise it is what the operator has written, or escaped.
        bool is_of_key = false;
    };
    // Nothing when there is no such map or key, or the file cannot be read, which the log says.
    [[nodiscard]] std::optional<Found> find(std::string_view name, std::string_view key) const;

private:
    class Table;
    struct Map;
    std::unordered_map<std::string, Map> maps_;
};

// One of the alternatives that "|" separates in a value of rnd:, by `number`.
std::string_view chosen(std::string_view value, std::size_t number);

// "%XX" as bytes; what is malformed, and "%00" and "%2F", stays.
std::string unescaped(std::string_view text);

}  // namespace site
