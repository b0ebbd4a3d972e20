// Runs a fuzz target over its seeds: every build without libFuzzer has this main instead of
// libFuzzer's. Arguments are files or directories. A seed that is not survived is named by the last
// line.
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

// The fuzz target, one per program (libFuzzer's name for it).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> seeds_in(const fs::path& place) {
    if (!fs::is_directory(place)) {
        return {place};
    }
    std::vector<fs::path> seeds;
    for (const auto& entry : fs::directory_iterator(place)) {
        if (entry.is_regular_file()) {
            seeds.push_back(entry.path());
        }
    }
    return seeds;
}

void replay(const fs::path& seed) {
    std::ifstream file(seed, std::ios::binary);
    const std::vector<char> bytes{
        std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    fmt::print("{}\n", seed.string());
    std::fflush(stdout);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t count = 0;
    for (int i = 1; i < argc; ++i) {
        for (const fs::path& seed : seeds_in(argv[i])) {
            replay(seed);
            ++count;
        }
    }
    fmt::print("{} seeds\n", count);
    return count > 0 ? 0 : 1;
}
