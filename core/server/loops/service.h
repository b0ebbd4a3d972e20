// Service: the requests of an event loop's connections, from the exchange that they get to their
// line in the log. Each is answered by the generation that it holds; what does not differ from one
// to the other is done here. Loop thread only; lives as long as its LoopThread, of which it is a
// part. Most of its functions are those of RequestHost, and say in one line whose they are.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/loop/loop.h"
#include "core/server/client/request_host.h"
#include "core/server/dispatch/aside/body_room.h"
#include "core/server/dispatch/exchange_table.h"
#include "core/server/dispatch/locator.h"
#include "core/server/dispatch/turn_clock.h"
#include "core/server/embedded/pool_feed.h"
#include "core/server/loops/after_crowd.h"
#include "core/server/loops/generations.h"
#include "core/server/loops/news.h"
#include "core/server/loops/stream_host.h"
#include "core/server/loops/watch/loop_pulse.h"
#include "core/server/loops/watch/process_watch.h"
#include "core/server/served/budgets.h"

namespace server {

class Service final : public RequestHost, public Exchange::Owner {
public:
    // What a loop shares with the others of its process; outlives it.
    struct Process {
        std::shared_ptr<const Served> served;  // to begin with
        Budgets& budgets;
        PoolFeed::Pool* pool;  // null: nothing runs in embedded mode
        SideMapper& side_mapper;
        NameResolver& names;
        LoopPulse& pulse;
        // The supervisor is to be told of a link that broke.
        std::function<void(const ipc::Link& link)> report_lost;
        int loops = 1;
        ProcessWatch* watch = nullptr;  // of one of its loops, which looks after the process
        // The supervisor is to be told that a listening socket is not what it was.
        std::function<void()> report_listener = [] {};
    };

    Service(const Process& process, loop::Loop& loop, LoopGeneration::Host& host);

    [[nodiscard]] Inbox& inbox() { return news_.inbox(); }  // any thread
    [[nodiscard]] Generations& generations() { return generations_; }
    [[nodiscard]] const ExchangeTable& exchanges() const { return exchanges_; }
    [[nodiscard]] const BodyRoom& bodies() const { return bodies_; }

    // The two halves of a turn's end: what others have to say, and all that goes out because of it;
    // then, with no request on the stack any more, the rest. For how long the loop may sleep.
    std::optional<std::chrono::nanoseconds> hear_and_send();
    void bury();

    // RequestHost; release_exchange() is Exchange::Owner's, too.
    [[nodiscard]] const Generation::Hold& generation() const override {
        return generations_.held();
    }
    [[nodiscard]] Exchange& take_exchange() override {
        after_crowd_.note();
        return exchanges_.take();
    }
    void release_exchange(Exchange& exchange) override { exchanges_.release(exchange); }
    void abandon(Exchange& exchange) override { dispatcher_of(exchange).abandon(exchange); }
    void note_begin(Exchange& exchange) override;
    const ServedHost& locate(Exchange& exchange, ConnectionSettings& settings) override;
    void dispatch(Exchange& exchange) override { dispatcher_of(exchange).dispatch(exchange); }
    void on_body_arrived(Exchange& exchange) override {
        dispatcher_of(exchange).on_body_arrived(exchange);
    }
    void answer_failure(Exchange& exchange, int status) override {
        dispatcher_of(exchange).answer_failure(exchange, status);
    }
    void give_page(Exchange& exchange) override;
    std::optional<Page> give_file(Exchange& exchange, const site::Outcome& outcome) override;
    [[nodiscard]] http::HeadContext head_context(Exchange& exchange) const override;
    void note_head(Exchange& exchange, std::string_view text) override {
        LoopGeneration::of(exchange).log().note_head(exchange, text);
    }
    void log_access(Exchange& exchange, const Arrival& arrival, AfterAnswer after) override {
        LoopGeneration::of(exchange).log().add(exchange, arrival, after);
    }
    void log_client(const Exchange& exchange, base::LogLevel level, const std::string& message)
        override {
        LoopGeneration::of(exchange).log().say(exchange, level, message);
    }

private:
    static Dispatcher& dispatcher_of(const Exchange& exchange) {
        return LoopGeneration::of(exchange).dispatcher();
    }

    loop::Loop& loop_;
    Budgets& budgets_;
    TurnClock clock_;
    Locator locator_{clock_};
    PoolFeed pool_;
    News news_;
    BodyRoom bodies_;
    StreamHost stream_host_;
    ExchangeTable exchanges_;
    AfterCrowd after_crowd_;
    Generations generations_;
};

}  // namespace server
