// The epoll back-end, for kernels and containers that refuse io_uring. Edge-triggered: a socket is
// registered once and its readiness remembered, so that an operation costs its own system call and
// no other. See Ring for threads.
#pragma once

#include <memory>
#include <utility>

#include "core/loop/ring/completed_list.h"
#include "core/loop/ring/epoll/event_queue.h"
#include "core/loop/ring/epoll/readiness.h"
#include "core/loop/ring/epoll/ready_operations.h"
#include "core/loop/ring/file_sends.h"
#include "core/loop/ring/ring.h"

namespace loop {

class Epoll final : public Ring {
public:
    static base::Result<std::unique_ptr<Epoll>> create();

    void accept(int listener, Operation& operation) override;
    void receive(int socket, Operation& operation) override;
    void receive_once(int socket, Operation& operation) override;
    void receive_message(int socket, msghdr& message, Operation& operation) override;
    void send(int socket, base::Bytes bytes, Operation& operation) override;
    void send_message(int socket, const msghdr& message, Operation& operation) override;
    void send_file(int socket, int file, off_t offset, std::size_t count, Operation& operation)
        override;
    void poll(int fd, short events, Operation& operation) override;
    void watch(int fd, short events, Operation& operation) override;
    void cancel(Operation& operation) override;
    void forget(int fd) override { readiness_.forget(fd); }
    [[nodiscard]] bool is_watching(int fd) override { return readiness_.is_told_of(fd); }

    void wait(std::optional<std::chrono::nanoseconds> longest) override;
    void deliver() override;
    [[nodiscard]] bool is_ready() override;
    [[nodiscard]] std::string_view name() const override { return "epoll"; }

private:
    explicit Epoll(EventQueue events) : events_(std::move(events)) {}

    void start_receive(Operation& operation, const SystemCall& request);
    void start_one_shot(Operation& operation, const SystemCall& request);

    EventQueue events_;
    Readiness readiness_{events_};
    CompletedList completed_;
    FileSends files_;
    ReadyOperations ready_{readiness_, completed_, files_};
    bool has_skipped_ = false;  // the last wait() asked nothing of the kernel
};

}  // namespace loop
