#include "core/site/names/url_path.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "core/base/text/text.h"

namespace site {
namespace {

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

// By byte: whether is_plain_in_path().
constexpr auto kPlain = [] {
    std::array<bool, 256> plain{};
    for (std::size_t byte = 0; byte < plain.size(); ++byte) {
        const char c = static_cast<char>(byte);
        plain[byte] = base::is_letter_or_digit(c) ||
                      std::string_view("/-._~!$&'()*+,;=:@").find(c) != std::string_view::npos;
    }
    return plain;
}();

}  // namespace

bool is_plain_in_path(char c) { return kPlain[static_cast<unsigned char>(c)]; }

bool is_plain_path(std::string_view raw) {
    bool is_behind_slash = false;
    for (const char c : raw) {
        if (!is_plain_in_path(c) || (is_behind_slash && (c == '/' || c == '.'))) {
            return false;
        }
        is_behind_slash = c == '/';
    }
    return raw.starts_with('/');
}

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
            const int decoded = base::escaped_byte(raw, at);
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
        if (is_plain_in_path(c)) {
            out.push_back(c);
        } else {
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

}  // namespace site
