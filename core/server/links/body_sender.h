// BodySender: a request's body on its way to a daemon process. What comes while there is no process
// yet, or exceeds the process's window, waits here. Loop thread only.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "ipc/frame.h"

namespace server {

class BodySender {
public:
    // A new request; keeps some memory.
    void begin(bool has_body);

    // From the client, in order, then exactly one of end() and fail().
    void add(base::Bytes bytes) { waiting_.append(bytes); }
    void end();
    void fail(const std::string& reason);

    // Says on stream `number` what may be said now. The end, good or bad, comes behind all that
    // came before it: an application that reads late gets as much of a broken body as one that
    // is quick.
    void send(ipc::Outbox& outbox, std::uint32_t number);
    // The process has room for so many more bytes. False: that is more than it can have.
    [[nodiscard]] bool widen(std::uint32_t room);

    // So much waits that the client has to.
    [[nodiscard]] bool is_full() const;
    // Whatever is missing is the client's to send.
    [[nodiscard]] bool awaits_client() const {
        return state_ == State::kComing && waiting_.is_empty();
    }
    // Nobody wants it any more.
    void drop();

private:
    enum class State : std::uint8_t {
        kComing,  // there is more to come
        kEnded,   // it is complete, and the process has not been told yet
        kFailed,  // it will never be complete, likewise
        kTold,    // all is said
    };

    State state_ = State::kTold;
    base::Buffer waiting_;
    std::uint32_t window_ = 0;  // bytes that the process has room for
    std::string failure_;
};

}  // namespace server
