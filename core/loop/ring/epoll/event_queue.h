// The epoll descriptor: what it is told, and the events that it has. A member of Epoll; loop thread
// only.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/base/result.h"
#include "core/base/system/fd.h"

namespace loop {

class EventQueue {
public:
    static base::Result<EventQueue> create();

    // Events of `fd` carry `word`. 0 or -errno.
    [[nodiscard]] int add(int fd, std::uint32_t interest, std::uint64_t word) {
        return control(EPOLL_CTL_ADD, fd, interest, word);
    }
    [[nodiscard]] int change(int fd, std::uint32_t interest, std::uint64_t word) {
        return control(EPOLL_CTL_MOD, fd, interest, word);
    }
    void remove(int fd);

    // Where there are no events yet: waits for some, `longest` at most.
    void wait(std::optional<std::chrono::nanoseconds> longest);
    [[nodiscard]] bool is_empty() const { return count_ == 0; }
    // `note` gets each of them, and then there are none.
    template <class Note>
    void drain(Note note) {
        for (int i = 0; i < count_; ++i) {
            note(events_.at(static_cast<std::size_t>(i)));
        }
        count_ = 0;
    }

private:
    explicit EventQueue(base::Fd epoll) : epoll_(std::move(epoll)) {}
    int control(int operation, int fd, std::uint32_t interest, std::uint64_t word);
    int ask(std::optional<std::chrono::nanoseconds> longest);

    base::Fd epoll_;
    std::array<epoll_event, 256> events_{};
    int count_ = 0;
};

}  // namespace loop
