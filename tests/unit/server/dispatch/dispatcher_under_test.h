// A Dispatcher without a loop thread, a process, a socket or Python: the ring is scripted, the test
// is the pool's threads and the daemon processes, and clients are values.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/server/dispatch/turn_clock.h"
#include "core/server/embedded/pool_feed.h"
#include "core/server/loops/loop_generation.h"
#include "core/server/loops/news.h"
#include "core/server/served/budgets.h"
#include "tests/support/deadline.h"
#include "tests/support/unit/scripted_ring.h"
#include "tests/unit/server/served_text.h"

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
    [[nodiscard]] server::PoolFeed::Busiest busiest() override { return {}; }
    [[nodiscard]] std::string awaited_by(const interp::Task&) override { return {}; }
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

class DispatcherUnderTest final : public server::LoopGeneration::Host,
                                  public server::DaemonStream::Host,
                                  public server::Exchange::Owner,
                                  public loop::TurnEnd {
public:
    class Client final : public server::Asker {
    public:
        // `holds_back`: it waits for "100 Continue".
        Client(
            DispatcherUnderTest& test,
            const std::string& target,
            bool has_body,
            bool holds_back = false
        )
            : test_(test),
              is_body_held_back_(holds_back),
              exchange(&test.exchanges_->take()),
              is_body_coming_(has_body && !holds_back) {
            exchange->client = this;
            exchange->generation = server::Generation::Hold(*test.generation_);
            exchange->request().method = has_body ? "POST" : "GET";
            exchange->request().target = target;
            exchange->request().authority = "a";
            exchange->request().content_length =
                has_body ? std::optional<std::uint64_t>(5) : std::nullopt;
            exchange->facts().remote_addr = remote_addr_;
            test.generation_->dispatcher().inquiry().refresh();
            test.generation_->dispatcher().dispatch(*exchange);
        }
        ~Client() override { leave(); }

        void pump() override {
            if (exchange->responder == nullptr) {
                return;
            }
            if (exchange->responder->take_continue_wish() && is_body_held_back_) {
                is_body_held_back_ = false;
                is_body_coming_ = true;
            }
            exchange->responder->take(exchange->reply.answer);
            bytes += exchange->reply.answer.body;
            if (exchange->reply.answer.head != nullptr) {
                status = exchange->reply.answer.head->status;
            }
            if (exchange->reply.answer.failure != 0) {
                answer_failure(exchange->reply.answer.failure);
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
            exchange->reply.answer.clear();
            test_.generation_->dispatcher().answer_failure(*exchange, its_status);
        }
        void answer_instead(server::Page page) override {
            server::Slot& busy = *exchange;
            exchange = &test_.exchanges_->take();
            exchange->client = this;
            exchange->generation = busy.generation;
            busy.client = nullptr;
            test_.generation_->dispatcher().abandon(busy);
            answer_with_page(std::move(page));
        }
        [[nodiscard]] bool is_body_coming() const override { return is_body_coming_; }
        [[nodiscard]] bool is_body_held_back() const override { return is_body_held_back_; }
        [[nodiscard]] const std::string& remote_addr() const override { return remote_addr_; }
        [[nodiscard]] std::uint16_t remote_port() const override { return 4711; }

        void end_body(base::Bytes last) {
            is_body_coming_ = false;
            exchange->responder->add_body(last);
            exchange->responder->end_body();
            if (exchange->is_deferred()) {
                test_.generation_->dispatcher().on_body_arrived(*exchange);
            }
        }
        // As a connection that has ended.
        void leave() {
            if (server::Slot* const gone = std::exchange(exchange, nullptr)) {
                gone->client = nullptr;
                test_.generation_->dispatcher().abandon(*gone);
            }
        }
        [[nodiscard]] server::Exchange::Phase phase() const { return exchange->phase; }

    private:
        DispatcherUnderTest& test_;
        bool is_body_held_back_;

    public:
        server::Slot* exchange;
        int status = 0;
        std::string bytes;

    private:
        bool is_body_coming_;
        const std::string remote_addr_ = "no address";  // and so it has no name, for certain
    };

    explicit DispatcherUnderTest(const std::string& text) : served_(ServedText::of(text)) {
        auto ring = std::make_unique<ScriptedRing>();
        ring_ = ring.get();
        auto made = loop::Loop::create(std::move(ring));
        EXPECT_TRUE(made.has_value());
        loop_ = std::move(*made);
        news_ = std::make_unique<server::News>(*loop_);
        bodies_ = std::make_unique<server::BodyRoom>(*loop_, kBodies);
        exchanges_ = std::make_unique<server::ExchangeTable>(server::Slot::Home{
            *this, *this, *bodies_, news_->inbox(), budgets_.files});
        generation_ = std::make_unique<server::LoopGeneration>(
            *this,
            server::LoopParts{*loop_, *exchanges_, feed_, clock_, names_, side_mapper_},
            served_
        );
        loop_->at_turn_end(*this);
    }
    ~DispatcherUnderTest() override {
        find_names();
        static_cast<void>(generation_->groups().close_all());
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
        generation_->groups().add_link(std::move(socket), {});
        turn();
        return link;
    }
    void say(int link, ipc::FrameType type, std::uint32_t stream, base::Bytes payload = {}) {
        ipc::Outbox& words = words_[link];
        words.frame(type, stream, 0, payload);
        ring_->arrive(link, words.bytes());
        words.drop_all();
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
    server::News& news() { return *news_; }
    bool drains = false;

    // --- What the rooms below need
    [[nodiscard]] bool is_draining() const override { return drains; }
    void on_link_ended() override {}
    void on_link_lost(const ipc::Link&) override {}
    [[nodiscard]] loop::Loop& loop() override { return *loop_; }
    [[nodiscard]] std::chrono::seconds timeout_of(const server::Exchange&) const override {
        return served_->hosts[0].timeout;
    }
    void log_client(const server::Exchange&, base::LogLevel, const std::string&) override {}
    server::FileRoom& file_room() override { return budgets_.files; }
    void forget(server::DaemonStream& stream) override { generation_->groups().forget(stream); }
    void release_exchange(server::Exchange& exchange) override { exchanges_->release(exchange); }
    std::optional<std::chrono::nanoseconds> on_turn_end() override {
        news_->take(*exchanges_);
        generation_->dispatcher().inquiry().take_news();
        generation_->groups().flush();
        static_cast<void>(feed_.end_turn(loop_->now()));
        exchanges_->bury();
        clock_.end_turn();
        return std::nullopt;
    }

private:
    static constexpr std::size_t kBodies = 1 << 20;

    const std::shared_ptr<const server::Served> served_;
    server::Budgets budgets_;
    std::unique_ptr<loop::Loop> loop_;
    ScriptedRing* ring_ = nullptr;
    std::promise<void> gate_;
    // Nobody finds out names before the test says so.
    server::NameResolver names_{
        [open = gate_.get_future().share()](const std::string&) -> server::ClientName {
            open.wait();
            return "";
        }};
    bool has_opened_ = false;
    std::unique_ptr<server::News> news_;
    std::unique_ptr<server::BodyRoom> bodies_;
    std::unique_ptr<server::ExchangeTable> exchanges_;
    IdlePool pool_;
    server::PoolFeed feed_{&pool_};
    server::TurnClock clock_;
    server::SideMapper side_mapper_;
    std::unique_ptr<server::LoopGeneration> generation_;
    std::map<int, ipc::Outbox> words_;  // what daemon processes say, by link: frames are counted
};

}  // namespace test
