// What has come of a request's body and has not been read yet, and whether more will come, as
// whoever implements a Task keeps it. A value; not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "core/base/bytes.h"

namespace interp {

class RequestBody {
public:
    // Of a new request; keeps some memory. `is_held_back`: the client waits for "100 Continue".
    void begin(bool is_coming, bool is_held_back) {
        state_ = is_coming ? State::kComing : State::kEnded;
        is_held_back_ = is_held_back;
        waiting_.clear();
        failure_.clear();
    }
    // In order. Bytes behind a hole would look like the body's next, so that none is kept once it
    // has failed; nor does it become complete then. What came before can be read.
    void add(base::Bytes bytes) {
        if (state_ != State::kFailed) {
            waiting_.append(bytes);
        }
    }
    void end() {
        if (state_ == State::kComing) {
            state_ = State::kEnded;
        }
    }
    void fail(std::string reason) {
        if (state_ == State::kComing) {
            state_ = State::kFailed;
            failure_ = std::move(reason);
        }
    }

    // So many bytes, up to `max`.
    std::size_t read(char* out, std::size_t max) {
        const std::size_t count = std::min(max, waiting_.size());
        if (count > 0) {
            std::memcpy(out, waiting_.bytes().data(), count);
            waiting_.consume(count);
        }
        return count;
    }
    [[nodiscard]] std::size_t size() const { return waiting_.size(); }
    [[nodiscard]] bool has_ended() const { return state_ == State::kEnded; }
    // Everything has been read.
    [[nodiscard]] bool is_complete() const { return has_ended() && waiting_.is_empty(); }
    // There is nothing to read yet.
    [[nodiscard]] bool is_awaited() const {
        return state_ == State::kComing && waiting_.is_empty();
    }
    // Somebody waits for it, and the client has to hear of that (RFC 9110 section 10.1.1). True
    // once.
    [[nodiscard]] bool must_be_asked_for() {
        return is_awaited() && std::exchange(is_held_back_, false);
    }
    // Why it will never be complete; "" where nobody has said.
    [[nodiscard]] const std::string& failure() const { return failure_; }

    // Nobody reads it any more; `kept` bytes of memory stay.
    void drop(std::size_t kept) {
        waiting_.clear();
        waiting_.shrink(kept);
    }

private:
    enum class State : std::uint8_t { kComing, kEnded, kFailed };
    State state_ = State::kEnded;
    bool is_held_back_ = false;
    base::Buffer waiting_;
    std::string failure_;
};

}  // namespace interp
