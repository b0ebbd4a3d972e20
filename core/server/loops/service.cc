#include "core/server/loops/service.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/server/answer/static_file.h"

namespace server {
namespace {

// Of request bodies that are read ahead: of all loops together, and what one has at least.
constexpr std::size_t kBodies = 64 * 1024 * 1024;
constexpr std::size_t kBodiesLeast = 4 * 1024 * 1024;

}  // namespace

Service::Service(const Process& process, loop::Loop& loop, LoopGeneration::Host& host)
    : loop_(loop),
      budgets_(process.budgets),
      clock_(process.served->server_software),
      pool_(process.pool),
      news_(loop),
      bodies_(loop, std::max(kBodies / static_cast<std::size_t>(process.loops), kBodiesLeast)),
      stream_host_(loop, budgets_.files),
      exchanges_({*this, stream_host_, bodies_, news_.inbox(), budgets_.files}),
      after_crowd_(loop, exchanges_),
      generations_(
          host,
          {loop, exchanges_, pool_, clock_, process.names, process.side_mapper},
          process.served
      ) {}

void Service::note_begin(Exchange& exchange) {
    dispatcher_of(exchange).inquiry().refresh();
    exchange.tally.begun = clock_.microseconds();
}

const ServedHost& Service::locate(Exchange& exchange, ConnectionSettings& settings) {
    dispatcher_of(exchange).inquiry().refresh();
    return locator_.locate(exchange, settings);
}

// The date is that of the newest request: whoever is asked later gets none that is older than the
// one that the answer is for.
http::HeadContext Service::head_context(Exchange& exchange) const {
    http::HeadContext context;
    context.minor = exchange.request().minor;
    context.is_head = exchange.request().is_head();
    context.own = &clock_.own_fields();
    context.extra = exchange.outcome.extra_headers;
    return context;
}

void Service::give_page(Exchange& exchange) {
    dispatcher_of(exchange).inquiry().refresh();
    Reply& reply = exchange.reply;
    if (const auto given = server::give_page(reply.page, reply.response, reply.answer); !given) {
        log_client(exchange, base::LogLevel::kError, given.error().what);
        CHECK(server::give_page({.status = 500}, reply.response, reply.answer));
    }
}

std::optional<Page> Service::give_file(Exchange& exchange, const site::Outcome& outcome) {
    dispatcher_of(exchange).inquiry().refresh();
    const auto& aside = Slot::of(exchange).aside;
    Reply& reply = exchange.reply;
    auto page = server::give_file(
        outcome,
        exchange.request(),
        clock_.whole_seconds(),
        aside == nullptr ? std::nullopt : std::exchange(aside->file, std::nullopt),
        reply.response,
        reply.answer
    );
    if (reply.answer.file.is_open() &&
        !exchange.shares.files.take(
            budgets_.files, exchange.known.host, exchange.facts().remote_addr
        )) {
        reply.answer.clear();
        // An ErrorDocument is about something else, which is still so.
        const bool is_error = outcome.status != 0 && outcome.status != 200;
        page = Page{.status = is_error ? outcome.status : 503};
    }
    if (page && !page->reason.empty()) {
        log_client(exchange, base::LogLevel::kError, page->reason);
    }
    return page;
}

// --- The end of a turn

std::optional<std::chrono::nanoseconds> Service::hear_and_send() {
    // News first, for they make answers, frames for links and tasks for the pool, and so may
    // flush_links(), which ends those who wait in vain. Then what the turn has gathered goes out,
    // once: a send per link, one wake-up of the pool.
    news_.take(exchanges_);
    generations_.take_news();
    generations_.flush_links();
    return pool_.end_turn(loop_.now());
}

void Service::bury() {
    exchanges_.bury();
    generations_.flush_logs();
    generations_.bury();
    clock_.end_turn();
}

}  // namespace server
