#include "core/site/conditions/expression_functions.h"

#include <cstddef>
#include <cstdint>

#include "core/base/text/text.h"
#include "core/site/names/url_path.h"

namespace site {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr unsigned kBitsOfByte = 8;
constexpr unsigned kBitsOfDigit = 6;

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const char c : text) {
        if (is_plain_in_path(c)) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<std::uint8_t>(c);
            out.push_back('%');
            out.push_back(kDigits[byte / 16]);
            out.push_back(kDigits[byte % 16]);
        }
    }
}

void append_unescaped(std::string& out, std::string_view text) {
    const auto start = out.size();
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out.push_back(text[at]);
            continue;
        }
        const int byte = base::escaped_byte(text, at);
        if (byte <= 0) {
            out.resize(start);
            return;
        }
        if (byte == '/') {
            out.append(text.substr(at, 3));
        } else {
            out.push_back(static_cast<char>(byte));
        }
        at += 2;
    }
}

void append_base64(std::string& out, std::string_view bytes) {
    constexpr unsigned kMask = 63;
    constexpr std::size_t kBytesOfGroup = 3;
    for (std::size_t at = 0; at < bytes.size(); at += kBytesOfGroup) {
        const std::string_view group = bytes.substr(at, kBytesOfGroup);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < kBytesOfGroup; ++i) {
            bits = bits << kBitsOfByte;
            bits |= i < group.size() ? static_cast<std::uint8_t>(group[i]) : 0U;
        }
        for (std::size_t i = 0; i <= kBytesOfGroup; ++i) {
            const auto shift = kBitsOfDigit * (kBytesOfGroup - i);
            out.push_back(i <= group.size() ? kBase64[(bits >> shift) & kMask] : '=');
        }
    }
}

void append_unbase64(std::string& out, std::string_view text) {
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const auto digit = kBase64.find(c);
        if (digit == std::string_view::npos) {
            return;
        }
        bits = (bits << kBitsOfDigit) | static_cast<std::uint32_t>(digit);
        count += kBitsOfDigit;
        if (count >= kBitsOfByte) {
            count -= kBitsOfByte;
            out.push_back(static_cast<char>((bits >> count) & UINT8_MAX));
        }
    }
}

}  // namespace site
