// FakeTask: a request without a server. The body arrives when the test says so, from any thread;
// the response is collected. Fields of the request are set by the test before the Worker runs it.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "interp/wsgi/task.h"

namespace test {

struct FakeRequest {
    request::Parcel parcel;
};

class FakeTask : private FakeRequest, public interp::Task {
public:
    FakeTask() : interp::Task(parcel) {
        request.method = "GET";
        request.target = "/";
        route.callable = "application";
        route.handler = "wsgi-script";
        facts.remote_addr = "192.0.2.7";
        facts.remote_port = 4711;
        facts.server_name = "example.com";
        facts.server_port_name = "80";
        facts.server_port = 80;
    }

    // --- What the test does
    // --------------------------------------------------------------------------------------- A
    // body of known length that is here already.
    void set_body(std::string bytes) {
        request.content_length = bytes.size();
        request.headers.add("Content-Length", std::to_string(bytes.size()));
        arrive(std::move(bytes));
        end_body();
    }
    void arrive(std::string bytes) {
        const std::lock_guard lock(mutex_);
        pending_ += bytes;
        changed_.notify_all();
    }
    void end_body() {
        const std::lock_guard lock(mutex_);
        is_ended_ = true;
        changed_.notify_all();
    }
    void fail_body(std::string reason) {
        const std::lock_guard lock(mutex_);
        failure_ = std::move(reason);
        changed_.notify_all();
    }
    // Blocks until the application waits for its body.
    void await_reader() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_; });
    }
    std::size_t read_max = SIZE_MAX;            // one read_body_now() gives at most this
    std::size_t sends_before_close = SIZE_MAX;  // so many sends succeed, then the client has gone
    bool is_slow = false;                       // would_block()
    std::function<void()> on_send;              // within each of them, at its beginning

    // --- What has come out
    // -------------------------------------------------------------------------------------------
    struct Head {
        std::uint16_t status = 0;
        std::string reason;
        std::vector<std::pair<std::string, std::string>> headers;
        std::optional<std::uint64_t> content_length;
    };
    std::optional<Head> head;  // of respond()
    std::string body;
    std::vector<std::string> sends;  // body bytes of each respond(), write(), respond_with_file()
    bool was_last = false;
    bool is_out_of_order = false;  // a second head, a body before it, or something behind the last
    bool is_finished = false;
    std::optional<int> aborted;
    std::string abort_reason;
    int waits = 0;

    [[nodiscard]] int status() const {
        return aborted && !head ? *aborted : head ? head->status : 0;
    }
    [[nodiscard]] std::string header(const std::string& name) const {
        std::string all;
        if (head) {
            for (const auto& [key, value] : head->headers) {
                all += key == name ? (all.empty() ? "" : "|") + value : "";
            }
        }
        return all;
    }

    // --- Task
    // --------------------------------------------------------------------------------------------------------
    std::size_t read_body_now(char* out, std::size_t max) override {
        const std::lock_guard lock(mutex_);
        const std::size_t count = std::min({max, pending_.size(), read_max});
        std::memcpy(out, pending_.data(), count);
        pending_.erase(0, count);
        return count;
    }
    bool is_body_complete() const override {
        const std::lock_guard lock(mutex_);
        return is_ended_ && pending_.empty();
    }
    base::Result<> wait_for_body() override {
        std::unique_lock lock(mutex_);
        ++waits;
        waiting_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !pending_.empty() || is_ended_ || failure_; });
        waiting_ = false;
        if (pending_.empty() && failure_) {
            return base::fail(base::Fault::kClient, *failure_);
        }
        return {};
    }
    base::Result<> respond(base::Bytes first, bool is_last) override {
        is_out_of_order = is_out_of_order || head;
        head = Head{response.status, response.reason, {}, response.content_length};
        for (const http::Header header : response.headers) {
            head->headers.emplace_back(header.name, header.value);
        }
        return take(first, is_last);
    }
    base::Result<> write(base::Bytes bytes, bool is_last) override {
        is_out_of_order = is_out_of_order || !head || was_last;
        return take(bytes, is_last);
    }
    [[nodiscard]] bool takes_loan(std::size_t cost) const override { return cost <= loan_max; }
    base::Result<> respond_with_loan(base::Loan whole_body, bool is_last) override {
        const base::Bytes bytes = whole_body.bytes();
        loan = std::move(whole_body);
        return respond(bytes, is_last);
    }
    std::size_t loan_max = 0;  // a body that costs more is copied
    base::Loan loan;           // what has been lent of it, until the test gives it back
    bool takes_file() override { return has_room_for_file; }
    base::Result<> respond_with_file(int fd, off_t offset, std::size_t count) override {
        std::string bytes(count, '\0');
        const ssize_t got = pread(fd, bytes.data(), count, offset);
        bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        was_file_sent = true;
        return respond(bytes, true);
    }
    bool has_room_for_file = true;
    bool was_file_sent = false;
    bool would_block() const override { return is_slow; }
    bool is_client_gone() override { return sends.size() >= sends_before_close; }
    void finish() override { is_finished = true; }
    void abort(int status, const base::Error& error) override {
        aborted = status;
        abort_reason = error.what;
    }

private:
    base::Result<> take(base::Bytes bytes, bool is_last) {
        if (const auto hook = on_send) {
            hook();
        }
        if (sends.size() >= sends_before_close) {
            return base::fail(base::Fault::kClient, "Broken pipe");
        }
        sends.emplace_back(bytes);
        body += bytes;
        was_last = was_last || is_last;
        return {};
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::string pending_;
    bool is_ended_ = false;
    bool waiting_ = false;
    std::optional<std::string> failure_;
};

}  // namespace test
