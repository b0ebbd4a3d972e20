// Any bytes as the fields of a conditional request: the first byte tells the method, each line is
// one of the four fields in turn. A date that is understood says the same when it is written again.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/check.h"
#include "http/conditional.h"
#include "http/date.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::array<std::string_view, 4> kNames = {
        "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"};
    constexpr std::int64_t kNow = 1'700'000'000;
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (bytes.empty()) {
        return 0;
    }
    http::Request request;
    request.method = (bytes.front() & 1) != 0 ? "GET" : "PUT";
    bytes.remove_prefix(1);
    for (std::size_t line = 0; !bytes.empty(); ++line) {
        const std::string_view value = bytes.substr(0, bytes.find('\n'));
        bytes.remove_prefix(value.size() < bytes.size() ? value.size() + 1 : value.size());
        if (!value.empty()) {
            request.headers.add(kNames.at(line % kNames.size()), value);
        }
        if (const auto date = http::parse_http_date(value, kNow)) {
            CHECK(http::parse_http_date(http::http_date(*date), kNow) == date);
        }
    }
    const auto with = http::evaluate(request, {"\"tag\"", 784'111'777, kNow});
    CHECK(request.method == "GET" || with != http::Precondition::kNotModified);
    return 0;
}
