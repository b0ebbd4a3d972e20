// Any bytes as a configuration file: words, rows, checks. What is accepted is dumped, and the dump
// means the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/check.h"
#include "core/config/configuration_parser.h"
#include "core/config/dump.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto config = config::parse_text(text, "fuzz.conf");
    if (!config) {
        CHECK(!config.error().what.empty());
        return 0;
    }
    const auto dumped = config::dump(*config);
    const auto again = config::parse_text(dumped, "dump.conf");
    CHECK(again.has_value());
    CHECK(config::dump(*again) == dumped);
    return 0;
}
