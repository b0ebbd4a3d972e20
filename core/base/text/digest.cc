#include "core/base/text/digest.h"

#include <apr_md5.h>
#include <apr_sha1.h>

#include <array>

namespace base {
namespace {

template <std::size_t kSize>
std::string in_hexadecimal(const std::array<unsigned char, kSize>& bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const unsigned char byte : bytes) {
        out.push_back(kDigits[byte >> 4U]);
        out.push_back(kDigits[byte & 15U]);
    }
    return out;
}

}  // namespace

std::string md5(std::string_view text) {
    std::array<unsigned char, APR_MD5_DIGESTSIZE> digest{};
    apr_md5(digest.data(), text.data(), text.size());
    return in_hexadecimal(digest);
}

std::string sha1(std::string_view text) {
    std::array<unsigned char, APR_SHA1_DIGESTSIZE> digest{};
    apr_sha1_ctx_t context{};
    apr_sha1_init(&context);
    apr_sha1_update(&context, text.data(), static_cast<unsigned>(text.size()));
    apr_sha1_final(digest.data(), &context);
    return in_hexadecimal(digest);
}

}  // namespace base
