// The io_uring back-end: what is asked during a turn goes to the kernel in one system call, which
// also brings back what has completed. See Ring for threads; a Ring must not die with operations in
// flight.
#pragma once

#include <liburing.h>

#include <memory>
#include <utility>

#include "core/loop/ring/completed_list.h"
#include "core/loop/ring/file_sends.h"
#include "core/loop/ring/ring.h"
#include "core/loop/ring/uring/buffers.h"
#include "core/loop/ring/uring/kernel_queues.h"
#include "core/loop/ring/uring/submissions.h"

namespace loop {

class Uring final : public Ring {
public:
    struct Options {
        unsigned submissions = 256;  // in one batch; more are submitted early
        unsigned completions = 4096;
        unsigned buffers = 64;  // a power of two; shared by all sockets of the ring
        unsigned buffer_bytes = kReceiveBytes;
    };

    // Fails where the kernel refuses io_uring or is older than 6.0.
    static base::Result<std::unique_ptr<Uring>> create(const Options& options);

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
    void forget(int) override {}
    // The kernel holds on to the ring for its thread, and to the file for the operation.
    [[nodiscard]] bool is_watching(int) override { return true; }

    void wait(std::optional<std::chrono::nanoseconds> longest) override;
    void deliver() override;
    [[nodiscard]] bool is_ready() override;
    [[nodiscard]] std::string_view name() const override { return "io_uring"; }

private:
    explicit Uring(Buffers buffers) : buffers_(std::move(buffers)) {}

    [[nodiscard]] bool has_work() const { return !completed_.is_empty() || !files_.is_empty(); }
    void serve_files();
    void take(const io_uring_cqe& completion);
    void take_some(Operation& operation, const io_uring_cqe& completion);
    void take_from_one_shot(Operation& operation, int result);

    Buffers buffers_;  // die after the queues
    KernelQueues queues_;
    CompletedList completed_;
    FileSends files_;
    Submissions submissions_{queues_, completed_};
};

}  // namespace loop
