// How values become bytes in a frame's payload, and bytes values again. Writers append, and what
// they append to is theirs until they end. A reader never reads past its end: after the first value
// that is not there it yields zeros and empty views, and ok() is false.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "ipc/breach.h"

namespace ipc {

class WireWriter {
public:
    explicit WireWriter(std::string& out) : out_(out), at_(out.data() + out.size()), end_(at_) {}
    ~WireWriter() { out_.resize(size()); }
    WireWriter(const WireWriter&) = delete;
    WireWriter& operator=(const WireWriter&) = delete;

    template <class T>
    requires std::is_arithmetic_v<T>
    [[gnu::always_inline]] void number(T value) { put(&value, sizeof value); }
    void text(std::string_view text) {
        number(static_cast<std::uint32_t>(text.size()));
        if (!text.empty()) {  // an empty view may have no address
            put(text.data(), text.size());
        }
    }

private:
    // Into room that is there already: a request has some fifty values, and most are a few bytes.
    // As a function it would not know how few.
    [[gnu::always_inline]] void put(const void* bytes, std::size_t count) {
        if (count > static_cast<std::size_t>(end_ - at_)) {
            make_room(count);
        }
        std::memcpy(at_, bytes, count);
        at_ += count;
    }
    [[gnu::noinline]] void make_room(std::size_t count) {
        constexpr std::size_t kStep = 512;
        const std::size_t written = size();
        out_.resize(written + count + kStep);
        at_ = out_.data() + written;
        end_ = out_.data() + out_.size();
    }
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(at_ - out_.data()); }

    std::string& out_;
    char* at_;
    char* end_;
};

class WireReader {
public:
    explicit WireReader(std::string_view bytes)
        : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    template <class T>
    requires std::is_arithmetic_v<T> T number() {
        T value{};
        if (sizeof value > left()) {
            fail();
            return value;
        }
        std::memcpy(&value, at_, sizeof value);
        at_ += sizeof value;
        return value;
    }
    bool boolean() { return number<std::uint8_t>() != 0; }
    std::string_view text() {
        const std::size_t size = number<std::uint32_t>();
        if (size > left()) {
            fail();
            return {};
        }
        const std::string_view taken(at_, size);
        at_ += size;
        return taken;
    }
    // All that is left.
    std::string_view rest() {
        const std::string_view taken(at_, left());
        at_ = end_;
        return taken;
    }
    // A count of things of which each takes at least `bytes_each`: never more than could be there.
    std::uint32_t count(std::size_t bytes_each) {
        const auto count = number<std::uint32_t>();
        if (count > left() / bytes_each) {
            fail();
            return 0;
        }
        return count;
    }
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool is_at_end() const { return at_ == end_; }

private:
    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
    // Nothing is left, so that nobody else has to ask.
    void fail() {
        ok_ = false;
        at_ = end_;
    }

    const char* at_;
    const char* end_;
    bool ok_ = true;
};

// All of a message has been read, and there was no more. `sender`: for people.
inline base::Result<> finished(const WireReader& reader, std::string_view sender) {
    if (!reader.ok() || !reader.is_at_end()) {
        return breach(std::string(sender) + " sent a malformed message");
    }
    return {};
}

}  // namespace ipc
