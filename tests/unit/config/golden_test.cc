// Every file of tests/golden/config, read or refused: a configuration, a line "----", and what
// becomes of it: its dump or its errors.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/config/configuration_parser.h"
#include "core/config/dump.h"

namespace {

namespace fs = std::filesystem;

const fs::path kGoldenDirectory = fs::path(HOOPSNAKE_SOURCE_DIR) / "tests/golden/config";

std::vector<fs::path> golden_files() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(kGoldenDirectory)) {
        if (entry.path().extension() == ".conf") {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

class GoldenConfig : public testing::TestWithParam<fs::path> {};
INSTANTIATE_TEST_SUITE_P(, GoldenConfig, testing::ValuesIn(golden_files()), [](const auto& file) {
    return file.param.stem().string();
});

TEST_P(GoldenConfig, BecomesWhatIsWritten) {
    std::ifstream file(GetParam(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const std::string rule = "----\n";
    const auto end = text.find("\n" + rule) + 1;
    ASSERT_NE(end, 0U) << "no line \"----\"";
    const auto config = config::parse_text(text.substr(0, end), GetParam().filename().string());
    EXPECT_EQ(
        config ? config::dump(*config) : config.error().what + "\n", text.substr(end + rule.size())
    );
}

// A dump is a configuration, and the same one.
TEST_P(GoldenConfig, IsReadBackFromItsDump) {
    std::ifstream file(GetParam(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto config = config::parse_text(text.substr(0, text.find("\n----\n") + 1), "site.conf");
    if (config) {
        const auto dumped = config::dump(*config);
        const auto again = config::parse_text(dumped, "dump.conf");
        EXPECT_EQ(again ? config::dump(*again) : again.error().what, dumped);
    }
}

}  // namespace
