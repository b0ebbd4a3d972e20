// The epoll back-end, for kernels and containers that refuse io_uring. Edge-triggered: a socket is
// registered once and its readiness remembered, so that an operation costs its own system call and
// no other. See Ring for threads.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/system/fd.h"
#include "core/loop/ring/completed_list.h"
#include "core/loop/ring/file_sends.h"
#include "core/loop/ring/ring.h"

namespace loop {

class Epoll final : public Ring {
public:
    static base::Result<std::unique_ptr<Epoll>> create();

    void accept(int listener, Operation& operation) override;
    void receive(int socket, Operation& operation) override;
    void receive_message(int socket, msghdr& message, Operation& operation) override;
    void send(int socket, base::Bytes bytes, Operation& operation) override;
    void send_message(int socket, const msghdr& message, Operation& operation) override;
    void send_file(int socket, int file, off_t offset, std::size_t count, Operation& operation)
        override;
    void poll(int fd, short events, Operation& operation) override;
    void watch(int fd, short events, Operation& operation) override;
    void cancel(Operation& operation) override;
    void forget(int fd) override;

    void wait(std::optional<std::chrono::nanoseconds> longest) override;
    void deliver() override;
    [[nodiscard]] bool is_ready() override;
    [[nodiscard]] std::string_view name() const override { return "epoll"; }

private:
    static constexpr std::size_t kReceiveBytes = std::size_t{64} << 10;

    // What we know about a descriptor; its number is the index.
    struct Watched {
        Operation* waiting = nullptr;  // in the order in which they were asked
        std::uint32_t interest = 0;    // what epoll was told; 0: not registered
        std::uint32_t generation = 0;  // counts forget(): events from before it are void
        bool may_read = false;         // false: wait for an edge
        bool may_write = true;
        bool is_ended = false;    // the peer has ended; no further edge, so read until 0
        bool is_in_turn = false;  // in_turn_ has it

        [[nodiscard]] bool wants_room() const;  // somebody waits to write
    };

    explicit Epoll(base::Fd epoll) : epoll_(std::move(epoll)), scratch_(new char[kReceiveBytes]) {}

    Watched& watched(int fd);
    int tell(int fd, std::uint32_t interest);
    void start_one_shot(Operation& operation, const Request& request);
    void wait_until_ready(Operation& operation);
    int start_waiting(Operation& operation, std::uint32_t interest);
    [[nodiscard]] bool is_worth_trying(const Request& request);
    void note_not_ready(const Request& request);
    [[nodiscard]] int try_now(const Request& request);
    void remove(Operation& operation);
    void take_turn(int fd);
    void note(const epoll_event& event);
    void stop_watching_for_room(int fd);
    void serve(int fd);
    void serve_receive(Operation& operation);
    void serve_accept(Operation& operation);
    void serve_files();
    int wait_for_events(std::optional<std::chrono::nanoseconds> longest);

    // Fixed at construction.
    base::Fd epoll_;
    std::unique_ptr<char[]> scratch_;

    std::vector<Watched> watched_;
    std::vector<int> in_turn_;    // descriptors with something to try, this turn or the next
    std::vector<int> this_turn_;  // while deliver() runs; kept for its memory
    std::array<epoll_event, 256> events_{};
    int event_count_ = 0;
    bool has_skipped_ = false;  // the last wait() asked nothing of the kernel
    CompletedList completed_;
    FileSends files_;
};

}  // namespace loop
