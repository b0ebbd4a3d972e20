// A Dispatcher without a loop thread, a process, a socket or Python: the ring is scripted, the test
// is the pool's threads and the daemon processes, and clients are values.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config/parser.h"
#include "core/server/dispatch/dispatcher.h"
#include "tests/support/deadline.h"
#include "tests/support/scripted_ring.h"

namespace test {

// The pool of Python threads: what is submitted waits until the test is a thread.
class IdlePool final : public server::PoolFeed::Pool {
public:
    void submit(interp::Task& task) override { waiting.push_back(&task); }
    [[nodiscard]] bool withdraw(interp::Task& task) override {
        return std::erase(waiting, &task) > 0;
    }
    void wake() override { ++wakes; }
    [[nodiscard]] bool needs_watch() override { return false; }
    void tick() override {}
    // A thread begins with the first.
    interp::Task& take() {
        EXPECT_FALSE(waiting.empty());
        interp::Task& task = *waiting.front();
        waiting.pop_front();
        return task;
    }

    std::deque<interp::Task*> waiting;
    int wakes = 0;
};

class DispatcherUnderTest final : public server::DaemonGroups::Host,
                                  public server::DaemonStream::Host,
                                  public server::Exchange::Owner,
                                  public loop::TurnEnd {
public:
    class Client final : public server::Client {
    public:
        Client(DispatcherUnderTest& test, const std::string& target, bool has_body)
            : test_(test), exchange(&test.exchanges_->take()), is_body_coming_(has_body) {
            exchange->client = this;
            exchange->request().method = has_body ? "POST" : "GET";
            exchange->request().target = target;
            exchange->request().authority = "a";
            exchange->request().content_length =
                has_body ? std::optional<std::uint64_t>(5) : std::nullopt;
            exchange->facts().remote_addr = remote_addr_;
            test.dispatcher_->refresh();
            test.dispatcher_->dispatch(*exchange);
        }
        ~Client() override { leave(); }

        void pump() override {
            if (exchange->responder == nullptr) {
                return;
            }
            exchange->responder->take(exchange->answer);
            bytes += exchange->answer.body;
            if (exchange->answer.head != nullptr) {
                status = exchange->answer.head->status;
            }
            if (exchange->answer.failure != 0) {
                answer_failure(exchange->answer.failure);
            }
        }
        void answer_with_page(server::Page page) override {
            exchange->enter(server::Exchange::Phase::kOwnAnswer, nullptr);
            status = page.status;
        }
        void answer_with_file(const site::Outcome& outcome) override {
            exchange->enter(server::Exchange::Phase::kOwnAnswer, nullptr);
            status = outcome.status;
        }
        void answer_failure(int its_status) override {
            exchange->enter(server::Exchange::Phase::kReading, nullptr);
            exchange->answer.clear();
            test_.dispatcher_->answer_failure(*exchange, its_status);
        }
        [[nodiscard]] bool is_body_coming() const override { return is_body_coming_; }
        [[nodiscard]] const std::string& remote_addr() const override { return remote_addr_; }
        [[nodiscard]] std::uint16_t remote_port() const override { return 4711; }

        void end_body(base::Bytes last) {
            is_body_coming_ = false;
            exchange->responder->add_body(last);
            exchange->responder->end_body();
            if (exchange->is_deferred()) {
                test_.dispatcher_->on_body_arrived(*exchange);
            }
        }
        // As a connection that has ended.
        void leave() {
            if (server::Slot* const gone = std::exchange(exchange, nullptr)) {
                gone->client = nullptr;
                test_.dispatcher_->abandon(*gone);
            }
        }
        [[nodiscard]] server::Exchange::Phase phase() const { return exchange->phase; }

    private:
        DispatcherUnderTest& test_;

    public:
        server::Slot* exchange;
        int status = 0;
        std::string bytes;

    private:
        bool is_body_coming_;
        const std::string remote_addr_ = "no address";  // and so it has no name, for certain
    };

    explicit DispatcherUnderTest(const std::string& text)
        : config_(parsed(text)), logs_(opened(config_)), served_(config_, logs_) {
        auto ring = std::make_unique<ScriptedRing>();
        ring_ = ring.get();
        auto made = loop::Loop::create(std::move(ring));
        EXPECT_TRUE(made.has_value());
        loop_ = std::move(*made);
        inbox_ = std::make_unique<server::Inbox>(*loop_);
        exchanges_ = std::make_unique<server::ExchangeTable>(server::Slot::Surroundings{
            *this, *this, *served_.early_bytes, *inbox_});
        groups_ = std::make_unique<server::DaemonGroups>(*this, *loop_, served_);
        groups_->on_link_lost([](const ipc::Link&) {});
        dispatcher_ = std::make_unique<server::Dispatcher>(
            server::Dispatcher::Surroundings{
                served_, *loop_, *exchanges_, *groups_, feed_, log_, clock_, side_mapper_},
            // Nobody finds out names before the test says so.
            [open = gate_.get_future().share()](std::function<void()> body) {
                return std::thread([open, body = std::move(body)] {
                    open.wait();
                    body();
                });
            }
        );
        loop_->at_turn_end(*this);
    }
    ~DispatcherUnderTest() override {
        find_names();
        static_cast<void>(groups_->close_all());
        turn();
        turn();
    }

    void find_names() {
        if (!std::exchange(has_opened_, true)) {
            gate_.set_value();
        }
    }
    int add_link() {
        base::Fd socket(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        const int link = socket.get();
        groups_->add_link(std::move(socket), {});
        turn();
        return link;
    }
    void say(int link, ipc::FrameType type, std::uint32_t stream, base::Bytes payload = {}) {
        ipc::Outbox outbox;
        outbox.frame(type, stream, 0, payload);
        ring_->arrive(link, outbox.bytes());
        turn();
    }

    void turn() { loop_->turn(std::chrono::milliseconds(0)); }
    template <class Condition>
    [[nodiscard]] bool turn_until(Condition&& condition) {
        const Deadline deadline;
        while (!condition()) {
            if (deadline.has_passed()) {
                return false;
            }
            turn();
        }
        return true;
    }
    [[nodiscard]] bool is_idle() const { return exchanges_->is_idle(); }
    IdlePool& pool() { return pool_; }
    bool drains = false;
    [[nodiscard]] std::size_t bytes_kept() const { return served_.early_bytes->taken(); }

    // --- What the rooms below need
    [[nodiscard]] bool is_draining() const override { return drains; }
    void on_link_ended() override {}
    [[nodiscard]] loop::Loop& loop() override { return *loop_; }
    [[nodiscard]] std::chrono::seconds timeout_of(const server::Exchange&) const override {
        return served_.hosts[0].timeout;
    }
    void log_client(const server::Exchange&, base::LogLevel, const std::string&) override {}
    void forget(server::DaemonStream& stream) override { groups_->forget(stream); }
    void release_exchange(server::Exchange& exchange) override { exchanges_->release(exchange); }
    std::optional<std::chrono::nanoseconds> on_turn_end() override {
        dispatcher_->take_news(*inbox_);
        groups_->flush();
        static_cast<void>(feed_.end_turn(loop_->now()));
        exchanges_->bury();
        clock_.end_turn();
        return std::nullopt;
    }

private:
    static config::Config parsed(const std::string& text) {
        auto config = config::parse_text("Listen 127.0.0.1:0\n" + text, "test.conf");
        EXPECT_TRUE(config.has_value()) << config.error().what;
        return config ? std::move(*config) : config::Config{};
    }
    static server::OpenLogs opened(const config::Config& config) {
        auto logs = server::OpenLogs::open(config, [](gid_t) { return false; });
        EXPECT_TRUE(logs.has_value());
        return std::move(*logs);
    }

    const config::Config config_;
    const server::OpenLogs logs_;
    const server::Served served_;
    std::unique_ptr<loop::Loop> loop_;
    ScriptedRing* ring_ = nullptr;
    std::unique_ptr<server::Inbox> inbox_;
    std::unique_ptr<server::ExchangeTable> exchanges_;
    std::unique_ptr<server::DaemonGroups> groups_;
    IdlePool pool_;
    server::PoolFeed feed_{&pool_};
    server::RequestLog log_{served_};
    server::TurnClock clock_;
    server::SideMapper side_mapper_{served_.site};
    std::promise<void> gate_;
    bool has_opened_ = false;
    std::unique_ptr<server::Dispatcher> dispatcher_;
};

}  // namespace test
