// HTTP requests as a connection's bytes. They may say anything; how they are cut may not change it
// (T-12, T-40).
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/base/check.h"
#include "tests/unit/http/events.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (bytes.empty()) {
        return 0;
    }
    // The last byte chooses the cut, so that the fuzzer can move it without touching the requests
    // much.
    const std::size_t split = data[size - 1] * size / 256;
    const std::string whole = test::events_of(bytes);
    CHECK(test::events_of(bytes, split) == whole);
    CHECK(test::events_byte_by_byte(bytes) == whole);
    // Small limits, where the edges are near.
    const http::Limits limits{.request_line = 40, .field_size = 30, .fields = 3, .body = 10};
    CHECK(test::events_of(bytes, split, limits) == test::events_of(bytes, 0, limits));
    return 0;
}
