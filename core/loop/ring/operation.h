// Operation: one request to the kernel, a member of whoever asks. Its address is what the kernel
// hands back, so nothing is allocated; destroying one in flight aborts.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/check.h"

namespace loop {

struct Completion {
    int result = 0;     // as the system call: >= 0, or -errno
    base::Bytes data;   // Ring::receive only; valid during the handler
    bool more = false;  // a multishot operation stays armed
};

class Operation;

// What was asked, so that a back-end can ask again, and where the operation is. For back-ends only.
struct SystemCall {
    enum class Kind : std::uint8_t {
        kAccept,
        kReceive,
        kReceiveOnce,
        kReceiveMessage,
        kSend,
        kSendMessage,
        kSendFile,
        kPoll,
        kWatch,
    };
    enum class State : std::uint8_t {
        kAsked,      // the kernel (io_uring) or the waiting list of its descriptor (epoll) has it
        kPolling,    // io_uring only: waits for readiness, then is asked again
        kQueued,     // kSendFile: in FileSends, waits for its turn
        kToAsk,      // io_uring only: the kernel has not taken it yet; becomes kAsked
        kToPoll,     // io_uring only: likewise; becomes kPolling
        kCompleted,  // in a CompletedList
    };

    [[nodiscard]] bool is_multishot() const {
        return kind == Kind::kAccept || kind == Kind::kReceive || kind == Kind::kWatch;
    }
    [[nodiscard]] bool is_send() const {
        return kind == Kind::kSend || kind == Kind::kSendMessage || kind == Kind::kSendFile;
    }

    Kind kind = Kind::kPoll;
    State state = State::kAsked;
    bool is_cancelled = false;
    std::uint8_t pauses = 0;  // io_uring only: how often it has waited a while for room
    short events = 0;         // kPoll, kWatch
    int fd = -1;
    int file = -1;                  // kSendFile
    int result = 0;                 // kCompleted
    const void* address = nullptr;  // kSend: the bytes; k…Message: the msghdr
    std::size_t count = 0;          // kSend, kSendFile
    off_t offset = 0;               // kSendFile
    Operation* next = nullptr;      // in the list or queue that `state` names
};

class Operation {
public:
    using Handler = void (*)(Operation&, Completion) noexcept;

    explicit Operation(Handler handler) : handler_(handler) {}
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    ~Operation() { CHECK(!in_flight_); }

    [[nodiscard]] bool is_in_flight() const { return in_flight_; }

    // For back-ends. `complete` may destroy the operation's owner when !completion.more.
    void start(const SystemCall& asked) {
        CHECK(!in_flight_);
        in_flight_ = true;
        request = asked;
    }
    void complete(Completion completion) noexcept {
        in_flight_ = completion.more;
        handler_(*this, completion);
    }
    // The ring that had it is gone: it will never complete.
    void abandon() { in_flight_ = false; }

    // For Ring::send_file(), set by whoever asks. Tenants share what a turn sends.
    std::uint32_t tenant = 0;
    bool may_wait_for_disk = true;

    SystemCall request;

private:
    Handler handler_;
    bool in_flight_ = false;
};

// Op<&Connection::on_received> receive_{*this};  calls the member when it completes.
template <auto Method>
class Op;
template <class Owner, void (Owner::*Method)(Completion)>
class Op<Method> : public Operation {
public:
    explicit Op(Owner& owner) : Operation(&Op::call), owner_(owner) {}

private:
    static void call(Operation& self, Completion completion) noexcept {
        (static_cast<Op&>(self).owner_.*Method)(completion);
    }
    Owner& owner_;
};

}  // namespace loop
