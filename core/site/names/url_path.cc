#include "core/site/names/url_path.h"

#include <fmt/format.h>

#include <iterator>

#include "core/base/text/text.h"

namespace site {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char letter = static_cast<char>(c | 0x20);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// The byte of "%XX" at `at`, or -1.
int escaped_byte(std::string_view raw, std::size_t at) {
    if (at + 2 >= raw.size()) {
        return -1;
    }
    const int high = hex_digit(raw[at + 1]);
    const int low = hex_digit(raw[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Ends the segment that starts at `start`: "." and ".." vanish, the latter with the segment before.
// False above the root.
bool end_segment(std::string& path, std::size_t& start) {
    const auto segment = std::string_view(path).substr(start);
    if (segment == ".") {
        path.resize(start);
    } else if (segment == "..") {
        if (start <= 1) {
            return false;
        }
        start = path.rfind('/', start - 2) + 1;
        path.resize(start);
    }
    return true;
}

bool is_plain(char c) {
    return base::is_letter_or_digit(c) ||
           std::string_view("/-._~!$&'()*+,;=:@").find(c) != std::string_view::npos;
}

}  // namespace

PathVerdict normalise(
    std::string_view raw,
    std::string& out,
    bool merges_slashes,
    config::EncodedSlashes encoded_slashes
) {
    out.assign(1, '/');
    if (!raw.empty() && raw.front() != '/') {
        return PathVerdict::kMalformed;
    }
    std::size_t start = 1;  // of the segment being written
    for (std::size_t at = 1; at < raw.size(); ++at) {
        char byte = raw[at];
        if (byte == '/') {
            if (!end_segment(out, start)) {
                return PathVerdict::kMalformed;
            }
            // A segment that has vanished leaves the slash before it.
            if (out.back() != '/' || (!merges_slashes && raw[at - 1] == '/')) {
                out.push_back('/');
            }
            start = out.size();
            continue;
        }
        if (byte == '%') {
            const int decoded = escaped_byte(raw, at);
            if (decoded < 0) {
                return PathVerdict::kMalformed;
            }
            byte = static_cast<char>(decoded);
            at += 2;
            if (byte == '/' && encoded_slashes == config::EncodedSlashes::kKept) {
                out.append(raw.substr(at - 2, 3));
                continue;
            }
            if (byte == '/' && encoded_slashes == config::EncodedSlashes::kDecoded) {
                if (!end_segment(out, start)) {
                    return PathVerdict::kMalformed;
                }
                if (out.back() != '/' || !merges_slashes) {
                    out.push_back('/');
                }
                start = out.size();
                continue;
            }
            if (byte == '/') {
                return PathVerdict::kForbidden;
            }
        }
        if (byte == '\0') {
            return PathVerdict::kForbidden;
        }
        out.push_back(byte);
    }
    return end_segment(out, start) ? PathVerdict::kFine : PathVerdict::kMalformed;
}

std::string encoded(std::string_view path) {
    std::string out;
    for (const char c : path) {
        if (is_plain(c)) {
            out.push_back(c);
        } else {
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

}  // namespace site
