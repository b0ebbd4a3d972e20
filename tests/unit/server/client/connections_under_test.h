// Connections without a process, a socket or Python: the ring and the time are the test's, and so
// is whoever answers. Paths say who that is:
//     /app…    an application, which says what the test has it say; its body comes first, but for
//              /app/early, which has it as it comes
//     /name    the same, once the test has found something out about the client; /name/page a page
//     /file    a file of 100 000 bytes
//     others   a page: 404
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/server/answer/page.h"
#include "core/server/client/connection.h"
#include "core/server/client/connection_list.h"
#include "core/server/client/http1/http1.h"
#include "tests/support/unit/scripted_loop.h"
#include "tests/support/unit/scripted_transport.h"
#include "tests/unit/server/served_text.h"

namespace test {

// Says what it is told to say.
class ScriptedApplication final : public server::Responder {
public:
    explicit ScriptedApplication(server::Exchange& exchange) : exchange_(exchange) {}

    void begin(std::optional<std::uint64_t> length) {
        exchange_.reply.response.clear();
        exchange_.reply.response.reason = "OK";
        exchange_.reply.response.content_length = length;
        answer_.begin(exchange_.reply.response);
    }
    void say(base::Bytes bytes) { answer_.add_body(bytes); }
    void end() { answer_.end(); }
    void fail(int status) { answer_.fail(status); }
    void wish_continue() { wants_continue_ = true; }
    [[nodiscard]] bool has_begun() const { return answer_.head != nullptr; }
    [[nodiscard]] bool has_ended() const { return answer_.has_ended(); }

    // Responder
    void add_body(base::Bytes bytes) override { body += bytes; }
    void end_body() override {
        EXPECT_FALSE(has_body_ended);
        has_body_ended = true;
    }
    void fail_body(const std::string& reason) override {
        EXPECT_FALSE(has_body_ended);
        has_body_ended = true;
        failure = reason;
    }
    [[nodiscard]] bool has_room() override { return has_room_for_body; }
    bool take_continue_wish() override { return std::exchange(wants_continue_, false); }
    void take(server::Answer& taken) override { answer_.take(taken); }
    [[nodiscard]] bool has_said_all() const override { return answer_.has_ended(); }
    void abandon() override {
        constexpr int kClientGone = 499;
        is_abandoned = true;
        answer_.clear();
        answer_.fail(kClientGone);
    }

    std::string body;
    bool has_body_ended = false;
    std::string failure;
    bool has_room_for_body = true;
    bool is_abandoned = false;

private:
    server::Exchange& exchange_;
    server::Answer answer_;
    bool wants_continue_ = false;
};

class ConnectionsUnderTest final : public server::ConnectionHost,
                                   public server::RequestHost,
                                   public server::Exchange::Owner {
public:
    struct Asked {
        explicit Asked(server::Exchange::Owner& owner) : exchange(owner) {}
        server::Exchange exchange;
        std::unique_ptr<ScriptedApplication> application;
        bool is_free = false;
    };
    static constexpr std::size_t kFile = 100'000;

    explicit ConnectionsUnderTest(
        std::unique_ptr<ScriptedRing> ring = std::make_unique<ScriptedRing>(),
        const std::string& text =
            "Timeout 60\nKeepAliveTimeout 5\n"
            "RequestReadTimeout header=20 body=20\n"
    )
        : ConnectionsUnderTest(std::make_unique<World>(std::move(ring), text)) {}
    ~ConnectionsUnderTest() override {
        close_all();
        settle();
        EXPECT_TRUE(connections_.is_empty());
    }

    // --- Clients, by their numbers
    int connect(const std::string& address = "192.0.2.7") {
        const int client = ++last_client_;
        peers_[client] = std::make_unique<ScriptedTransport::Peer>();
        peers_[client]->address = address;
        auto transport = std::make_unique<ScriptedTransport>(ring(), client, *peers_[client]);
        auto ends = transport->ends();
        server::Connection& added = connections_.add(std::make_unique<server::Connection>(
            *this, std::move(transport), server::Arrival{endpoint_, std::move(*ends)}
        ));
        open_.push_back(&added);
        added.start();
        return client;
    }
    void send(int client, std::string_view bytes) { ring().arrive(client, bytes); }
    void end_stream(int client) { ring().arrive_end(client); }
    // It is gone, and says so to whoever reads, writes or watches.
    void reset(int client) {
        ring().arrive_error(client, -ECONNRESET);
        for (const auto kind :
             {ScriptedRing::Kind::kSend,
              ScriptedRing::Kind::kSendMessage,
              ScriptedRing::Kind::kSendFile}) {
            ring().answer(kind, client, -EPIPE);
        }
        ring().answer(ScriptedRing::Kind::kPoll, client, POLLERR | POLLHUP);
    }
    std::string got(int client) { return peers_[client]->got + std::string(ring().sent(client)); }
    ScriptedTransport::Peer& peer(int client) { return *peers_[client]; }
    [[nodiscard]] bool is_gone(int client) { return peers_[client]->is_gone; }

    // --- Whoever answers
    // Those that have an application and are not free, in the order in which they were asked.
    std::vector<Asked*> asked() {
        std::vector<Asked*> all;
        for (Asked& one : exchanges_) {
            if (!one.is_free && one.exchange.phase == server::Exchange::Phase::kDaemon &&
                !one.application->has_ended()) {
                all.push_back(&one);
            }
        }
        return all;
    }
    // What it has said is heard.
    static void tell(Asked& one) { one.exchange.on_answer(); }
    static void answer(Asked& one, std::string_view body) {
        one.application->begin(body.size());
        one.application->say(body);
        one.application->end();
        tell(one);
    }
    // Something has been found out about all that wait for it.
    void find_out() {
        for (Asked& one : exchanges_) {
            if (!one.is_free && one.exchange.phase == server::Exchange::Phase::kNameAwaited) {
                ask(one);
                if (one.exchange.client != nullptr) {
                    one.exchange.client->pump();
                }
            }
        }
    }
    [[nodiscard]] std::size_t in_use() const {
        return static_cast<std::size_t>(std::ranges::count_if(exchanges_, [](const Asked& one) {
            return !one.is_free;
        }));
    }
    Asked& last() { return exchanges_.back(); }

    // What begins from now on is served by this.
    void adopt(const std::string& text) {
        newest_ = server::Generation::Hold(world_->generations.emplace_back(ServedText::of(text)));
        connections_.renew();
    }
    // Whether somebody holds the generation of that number; the newest is always held.
    [[nodiscard]] bool is_held(std::size_t number) const {
        return std::next(world_->generations.begin(), static_cast<std::ptrdiff_t>(number))
            ->is_held();
    }

    void close_all() {
        for (server::Connection* const connection : std::vector(open_)) {
            connection->close();
        }
    }
    void give_up_idle() { connections_.give_up_idle(); }
    void drain() {
        drains = true;
        connections_.drain();
    }

    // --- Time
    void turn() {
        world_->loop.turn();
        connections_.end_turn();
    }
    // Until nothing more comes of what has been done.
    void settle() {
        world_->loop.settle([this] { turn(); });
    }
    void pass(std::chrono::milliseconds time) {
        world_->loop.advance(time);
        settle();
    }
    ScriptedRing& ring() { return world_->loop.ring(); }

    std::vector<std::pair<int, server::AfterAnswer>> logged;  // the status, and what came after it
    std::vector<int> logged_before;  // of the same: how many requests came before it
    bool drains = false;

    // ConnectionHost, RequestHost
    [[nodiscard]] server::RequestHost& requests() override { return *this; }
    [[nodiscard]] const server::Generation::Hold& generation() const override { return newest_; }
    [[nodiscard]] bool is_draining() const override { return drains; }
    [[nodiscard]] std::unique_ptr<server::Protocol> begin(server::Connection& connection) override {
        return std::make_unique<server::Http1>(*this, connection);
    }
    void remove(server::Connection& connection) override {
        std::erase(open_, &connection);
        connections_.remove(connection);
    }
    void on_pipelining_full() override { connections_.on_pipelining_full(); }
    [[nodiscard]] server::Exchange& take_exchange() override {
        return exchanges_.emplace_back(*this).exchange;
    }
    void release_exchange(server::Exchange& exchange) override {
        Asked& one = of(exchange);
        EXPECT_FALSE(one.is_free) << "released twice";
        one.is_free = true;
        exchange.reset();
    }
    void abandon(server::Exchange& exchange) override {
        if (exchange.phase == server::Exchange::Phase::kDaemon &&
            !exchange.reply.answer.has_ended()) {
            exchange.responder->abandon();
            exchange.on_answer();
        } else {
            release_exchange(exchange);
        }
    }
    void note_begin(server::Exchange&) override {}
    const server::ServedHost& locate(server::Exchange& exchange, server::ConnectionSettings&)
        override {
        return exchange.generation->served().hosts[0];
    }
    void dispatch(server::Exchange& exchange) override {
        Asked& one = of(exchange);
        if (exchange.request().target.starts_with("/name")) {
            one.application = std::make_unique<ScriptedApplication>(exchange);
            exchange.enter(server::Exchange::Phase::kNameAwaited, one.application.get());
        } else {
            ask(one);
        }
    }
    void on_body_arrived(server::Exchange& exchange) override {
        if (exchange.phase == server::Exchange::Phase::kBodyAwaited &&
            of(exchange).application->has_body_ended) {
            exchange.enter(server::Exchange::Phase::kDaemon, of(exchange).application.get());
        }
    }
    void answer_failure(server::Exchange& exchange, int status) override {
        exchange.client->answer_with_page({.status = status});
    }
    void give_page(server::Exchange& exchange) override {
        EXPECT_TRUE(
            server::give_page(exchange.reply.page, exchange.reply.response, exchange.reply.answer)
        );
    }
    std::optional<server::Page> give_file(server::Exchange& exchange, const site::Outcome&)
        override {
        exchange.reply.response.clear();
        exchange.reply.response.content_length = kFile;
        exchange.reply.answer.begin(exchange.reply.response);
        exchange.reply.answer.add_file(
            base::Fd(::fcntl(file_.get(), F_DUPFD_CLOEXEC, 0)), 0, kFile
        );
        exchange.reply.answer.end();
        return std::nullopt;
    }
    [[nodiscard]] http::HeadContext head_context(server::Exchange& exchange) const override {
        return {.minor = exchange.request().minor, .is_head = exchange.request().is_head()};
    }
    void note_head(server::Exchange&, std::string_view) override {}
    void log_access(server::Exchange& exchange, const server::Arrival&, server::AfterAnswer after)
        override {
        logged.emplace_back(exchange.tally.status, after);
        logged_before.push_back(exchange.tally.before);
    }
    void log_client(const server::Exchange&, base::LogLevel, const std::string&) override {}

private:
    struct PlainGeneration final : server::Generation {
        explicit PlainGeneration(std::shared_ptr<const server::Served> its_served)
            : Generation(*its_served), served(std::move(its_served)) {}
        const std::shared_ptr<const server::Served> served;
    };
    struct World {
        World(std::unique_ptr<ScriptedRing> ring, const std::string& text) : loop(std::move(ring)) {
            generations.emplace_back(ServedText::of(text));
        }
        std::list<PlainGeneration> generations;
        server::Budgets budgets;
        base::Lanes lanes{{}};
        ScriptedLoop loop;
    };

    explicit ConnectionsUnderTest(std::unique_ptr<World> world)
        : ConnectionHost(world->loop.loop(), world->budgets, 64 << 20, world->lanes, world->lanes),
          world_(std::move(world)),
          newest_(world_->generations.back()),
          file_(::memfd_create("file", MFD_CLOEXEC)) {
        EXPECT_EQ(::ftruncate(file_.get(), kFile), 0);
    }

    Asked& of(server::Exchange& exchange) {
        return *std::ranges::find(exchanges_, &exchange, [](Asked& one) { return &one.exchange; });
    }
    void ask(Asked& one) {
        server::Exchange& exchange = one.exchange;
        const std::string target = exchange.request().target;
        if (target == "/file") {
            exchange.client->answer_with_file({});
        } else if (target != "/name" && !target.starts_with("/app")) {
            exchange.client->answer_with_page({.status = 404});
        } else {
            if (one.application == nullptr) {
                one.application = std::make_unique<ScriptedApplication>(exchange);
            }
            const bool waits = exchange.client != nullptr && exchange.client->is_body_coming() &&
                               target != "/app/early" && !one.application->has_body_ended;
            exchange.enter(
                waits ? server::Exchange::Phase::kBodyAwaited : server::Exchange::Phase::kDaemon,
                one.application.get()
            );
        }
    }

    std::unique_ptr<World> world_;
    server::Generation::Hold newest_;
    base::Fd file_;
    const server::Endpoint endpoint_{-1, "192.0.2.1", 80, false};
    std::list<Asked> exchanges_;
    std::map<int, std::unique_ptr<ScriptedTransport::Peer>> peers_;
    server::ConnectionList connections_{budgets()};
    std::vector<server::Connection*> open_;  // the same
    int last_client_ = 1000;                 // no descriptor of the test's
};

}  // namespace test
