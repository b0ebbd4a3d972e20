// How values become bytes in a frame's payload, and bytes values again. Writers append; a reader
// never reads past its end: after the first value that is not there it yields zeros and empty
// views, and ok() is false.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace ipc {

class WireWriter {
public:
    explicit WireWriter(std::string& out) : out_(out) {}

    template <class T>
    requires std::is_arithmetic_v<T>
    void number(T value) {
        char bytes[sizeof value];
        std::memcpy(bytes, &value, sizeof value);
        out_.append(bytes, sizeof value);
    }
    void text(std::string_view text) {
        number(static_cast<std::uint32_t>(text.size()));
        out_.append(text);
    }

private:
    std::string& out_;
};

class WireReader {
public:
    explicit WireReader(std::string_view bytes) : bytes_(bytes) {}

    template <class T>
    requires std::is_arithmetic_v<T> T number() {
        T value{};
        const std::string_view raw = take(sizeof value);
        if (ok_) {
            std::memcpy(&value, raw.data(), sizeof value);
        }
        return value;
    }
    bool boolean() { return number<std::uint8_t>() != 0; }
    std::string_view text() { return take(number<std::uint32_t>()); }
    // A count of things of which each takes at least `bytes_each`: never more than could be there.
    std::uint32_t count(std::size_t bytes_each) {
        const auto count = number<std::uint32_t>();
        if (count > bytes_.size() / bytes_each) {
            ok_ = false;
            return 0;
        }
        return count;
    }
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool is_at_end() const { return bytes_.empty(); }

private:
    std::string_view take(std::size_t count) {
        if (!ok_ || count > bytes_.size()) {
            ok_ = false;
            return {};
        }
        const std::string_view taken = bytes_.substr(0, count);
        bytes_.remove_prefix(count);
        return taken;
    }
    std::string_view bytes_;
    bool ok_ = true;
};

}  // namespace ipc
