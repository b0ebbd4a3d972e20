// tests/golden/http/*.md: sections of prose, a block `request` and a block `events`. In a request
// the ends of lines count for nothing; bytes are written as \r, \n, \t, \\ and \xNN. Each section
// holds for the whole and for every split.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/http/events.h"

namespace {

struct Section {
    std::string title;
    std::string request;
    std::string events;
};

std::string unescaped(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            bytes += text[i];
            continue;
        }
        const char code = text[++i];
        if (code == 'x') {
            bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            bytes += code == 'r' ? '\r' : code == 'n' ? '\n' : code == 't' ? '\t' : code;
        }
    }
    return bytes;
}

std::vector<Section> sections_of(const std::filesystem::path& path) {
    std::vector<Section> sections;
    std::ifstream file(path);
    std::string block;  // the info string of the block that we are in
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("```")) {
            block = line.substr(3);
        } else if (block == "request") {
            sections.back().request += unescaped(line);
        } else if (block == "events") {
            sections.back().events += line + "\n";
        } else if (line.starts_with("## ")) {
            sections.push_back({path.filename().string() + ": " + line.substr(3), "", ""});
        }
    }
    return sections;
}

TEST(ParserGolden, EventsAreAsWritten) {
    std::size_t count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(HOOPSNAKE_SOURCE_DIR "/tests/golden/http")) {
        for (const Section& section : sections_of(entry.path())) {
            SCOPED_TRACE(section.title);
            ASSERT_FALSE(section.request.empty());
            ASSERT_FALSE(section.events.empty());
            EXPECT_EQ(test::events_of(section.request), section.events);
            for (std::size_t split = 1; split < section.request.size(); ++split) {
                ASSERT_EQ(test::events_of(section.request, split), section.events)
                    << "split at " << split;
            }
            ++count;
        }
    }
    EXPECT_GT(count, 0U);
}

}  // namespace
