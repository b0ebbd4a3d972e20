// Tries the operations whose descriptor has become ready, and has the others wait. What one
// descriptor gets in a turn is bounded. A member of Epoll; loop thread only.
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/loop/ring/completed_list.h"
#include "core/loop/ring/epoll/readiness.h"
#include "core/loop/ring/file_sends.h"
#include "core/loop/ring/ring.h"

namespace loop {

class ReadyOperations {
public:
    // No EPOLLOUT until a send had to wait: a UNIX socket reports it each time its peer reads, one
    // wake-up per message.
    static constexpr std::uint32_t kSocket = EPOLLIN | EPOLLRDHUP | EPOLLET;

    // All outlive it.
    ReadyOperations(Readiness& readiness, CompletedList& completed, FileSends& files)
        : readiness_(readiness),
          completed_(completed),
          files_(files),
          scratch_(new char[kReceiveBytes]) {}

    // Puts the operation where events with `interest` find it, or completes it with what epoll has
    // against its descriptor.
    int wait(Operation& operation, std::uint32_t interest);
    void wait_until_ready(Operation& operation);
    // -EAGAIN is remembered: the descriptor has to become ready first.
    [[nodiscard]] int try_now(const SystemCall& request);
    // What waits for `fd`. Only multishot operations and kReceiveOnce have their handlers called
    // here; of them there is one.
    void serve(int fd);
    void serve_files();

private:
    void serve_receive(Operation& operation);
    void serve_accept(Operation& operation);
    void go_behind_others(Operation& operation);

    Readiness& readiness_;
    CompletedList& completed_;
    FileSends& files_;
    const std::unique_ptr<char[]> scratch_;
};

}  // namespace loop
