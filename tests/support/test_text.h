// Small things done to text by tests: read and write whole files, percent-encode, repeat, count.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace test {

// The whole file; "" when it cannot be read.
std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view content);

// `text` with every occurrence of `from` replaced.
std::string replace_all(std::string text, std::string_view from, std::string_view to);
// For a query string: everything but unreserved characters becomes %XX.
std::string percent_encode(std::string_view text);
std::string repeat(std::string_view text, std::size_t times);
// How many times `part` occurs, without overlaps.
std::size_t count_of(std::string_view text, std::string_view part);
// Lines "key=value"; a line without "=" is no entry.
std::map<std::string, std::string> entries_of(const std::string& text);
// ECMAScript, found anywhere in one line of `text`.
bool any_line_matches(std::string_view text, const std::string& expression);

}  // namespace test
