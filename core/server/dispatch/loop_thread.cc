#include "core/server/dispatch/loop_thread.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/check.h"
#include "core/base/system/log.h"
#include "core/base/system/scheduling.h"
#include "core/loop/socket_transport.h"
#include "core/server/answer/static_file.h"

namespace server {
namespace {

using namespace std::chrono_literals;

// While the server stops: after so long, and again, the log names what is still waited for.
constexpr auto kTellAfter = 3s;
constexpr auto kTellEvery = 5s;
// Of request bodies that are read ahead: of all loops together, and what one has at least.
constexpr std::size_t kBodies = 64 * 1024 * 1024;
constexpr std::size_t kBodiesLeast = 4 * 1024 * 1024;

}  // namespace

base::Result<std::unique_ptr<LoopThread>> LoopThread::create(
    const Shared& shared, const std::vector<Endpoint>& endpoints
) {
    const loop::Backend backend = TRY(loop::backend_from_environment());
    loop::ChosenRing chosen = TRY(loop::create_ring(backend));
    auto loop = TRY(loop::Loop::create(std::move(chosen.ring), loop::Spin::kAdaptive));
    auto thread = std::unique_ptr<LoopThread>(new LoopThread(shared, std::move(loop)));
    for (const Endpoint& endpoint : endpoints) {
        base::Fd listener(::fcntl(endpoint.fd, F_DUPFD_CLOEXEC, 0));
        if (!listener.is_open()) {
            return base::fail_errno("cannot duplicate a listening socket", errno);
        }
        thread->acceptors_.emplace_back(*thread, *thread->loop_, endpoint, std::move(listener));
    }
    thread->io_ = thread->loop_->ring().name();
    if (!chosen.why_not_io_uring.empty()) {
        thread->io_ += " (" + chosen.why_not_io_uring + ")";
    }
    return thread;
}

LoopThread::LoopThread(const Shared& shared, std::unique_ptr<loop::Loop> loop)
    : Connection::Host(
          *loop, shared.budgets, shared.side_mapper.disks(), shared.side_mapper.waiting()
      ),
      shared_(shared),
      loop_(std::move(loop)),
      inbox_(*loop_),
      locator_(clock_),
      pool_(shared.pool),
      bodies_(*loop_, std::max(kBodies / static_cast<std::size_t>(shared.loops), kBodiesLeast)),
      exchanges_({*this, *this, bodies_, inbox_}),
      after_crowd_(*loop_, exchanges_),
      names_(*loop_, shared.start_resolver),
      generations_(
          {*this, *loop_, exchanges_, pool_, clock_, names_, shared.side_mapper}, shared.served
      ),
      mounts_(*loop_, [this](const MountWatch::Mounts& mounts) {
          generations_.do_not_wait_for(mounts);
      }) {
    loop_->at_turn_end(*this);
}

void LoopThread::run() {
    base::run_in_batches();
    mounts_.start();
    for (Acceptor& acceptor : acceptors_) {
        acceptor.start();
    }
    loop_->run();
    generations_.flush_all_logs();
}

// --- Connections

void LoopThread::add(base::Fd socket, const Endpoint& endpoint) {
    connections_
        .add(std::make_unique<Connection>(
            *this,
            std::make_unique<loop::SocketTransport>(loop_->ring(), std::move(socket)),
            endpoint
        ))
        .start();
}

void LoopThread::on_pipelining_full() {
    if (!std::exchange(holds_back_, true)) {
        connections_.hold_back();
    }
}

void LoopThread::note_begin(Exchange& exchange) {
    dispatcher_of(exchange).refresh();
    exchange.begun = clock_.microseconds();
}

const ServedHost& LoopThread::locate(Exchange& exchange, const Connection& connection) {
    dispatcher_of(exchange).refresh();
    return locator_.locate(exchange, connection);
}

// The date is that of the newest request: whoever is asked later gets none that is older than the
// one that the answer is for.
http::HeadContext LoopThread::head_context(Exchange& exchange) const {
    http::HeadContext context;
    context.minor = exchange.request().minor;
    context.is_head = exchange.request().is_head();
    context.date = clock_.date();
    context.server = exchange.generation->served().server_software;
    context.extra = exchange.extra_headers;
    return context;
}

void LoopThread::give_page(Exchange& exchange) {
    dispatcher_of(exchange).refresh();
    if (const auto given = server::give_page(exchange.page, exchange.response, exchange.answer);
        !given) {
        log_client(exchange, base::LogLevel::kError, given.error().what);
        CHECK(server::give_page({.status = 500}, exchange.response, exchange.answer));
    }
}

std::optional<Page> LoopThread::give_file(Exchange& exchange, const site::Outcome& outcome) {
    dispatcher_of(exchange).refresh();
    const auto& aside = Slot::of(exchange).aside;
    auto page = server::give_file(
        outcome,
        exchange.request(),
        clock_.whole_seconds(),
        aside == nullptr ? std::nullopt : std::exchange(aside->file, std::nullopt),
        exchange.response,
        exchange.answer
    );
    if (exchange.answer.file.is_open() && !exchange.file_share.grow_to(budgets().files, 1)) {
        exchange.answer.clear();
        page = Page{
            .status = 503,
            .reason = "too many open files are being sent already; raise LimitNOFILE"};
    }
    if (page && !page->reason.empty()) {
        log_client(exchange, base::LogLevel::kError, page->reason);
    }
    return page;
}

void LoopThread::drain() {
    loop_->post([this] {
        is_draining_ = true;
        for (Acceptor& acceptor : acceptors_) {
            acceptor.stop();
        }
        mounts_.stop();
        connections_.drain();
        loop_->set(tell_, kTellAfter);
        stop_if_drained();
    });
}

void LoopThread::adopt(std::shared_ptr<const Served> served) {
    loop_->post([this, served = std::move(served)] {
        generations_.adopt(served);
        // Those that have nothing in work hold nothing back.
        connections_.renew();
    });
}

void LoopThread::tell_groups(std::shared_ptr<const Served> served, TellGroups tell) {
    loop_->post([this, served = std::move(served), tell = std::move(tell)] {
        if (LoopGeneration* const generation = generations_.find(*served)) {
            tell(generation->groups());
        }
    });
}

void LoopThread::stop_if_drained() {
    const bool is_accepting = std::ranges::any_of(acceptors_, &Acceptor::is_open);
    if (!is_draining_ || is_accepting || !mounts_.is_stopped() || !connections_.is_empty() ||
        !exchanges_.is_idle()) {
        return;
    }
    if (generations_.close_links()) {
        loop_->stop();
    }
}

void LoopThread::tell_what_holds_up() {
    const std::string busy = exchanges_.describe_busy();
    if (!busy.empty()) {
        base::main_log().warn("stopping waits for {}", busy);
    }
    loop_->set(tell_, kTellEvery);
}

// --- The turn

void LoopThread::take_news() {
    inbox_.take(taken_);
    for (const Ticket ticket : taken_) {
        // Null: its client has gone, or what it had to say has been heard.
        if (Slot* const slot = exchanges_.find(ticket)) {
            dispatcher_of(*slot).on_pool_news(*slot);
        }
    }
    taken_.clear();
    names_.take(found_);
    for (NameResolver::Found& found : found_) {
        if (Slot* const slot = exchanges_.find(found.ticket)) {
            dispatcher_of(*slot).on_name_found(*slot, std::move(found.name));
        }
    }
    found_.clear();
    generations_.take_news();
}

std::optional<std::chrono::nanoseconds> LoopThread::on_turn_end() {
    // In this order. News first, for they make answers, frames for links and tasks for the pool,
    // and so may flush_links(), which ends those who wait in vain. Then what the turn has
    // gathered goes out, once: a send per link, one wake-up of the pool. From there on nobody works
    // for a request any more: what was closed or released may die, for it is on no stack; the lines
    // of all that has ended are there to be written; and the time of day is old. Whether all is
    // over is asked last.
    take_news();
    generations_.flush_links();
    const auto longest = pool_.end_turn(loop_->now());
    connections_.bury();
    exchanges_.bury();
    generations_.flush_logs();
    generations_.bury();
    clock_.end_turn();
    holds_back_ = holds_back_ && budgets().pipelined_bytes.is_nearly_used_up();
    if (is_draining_) {
        stop_if_drained();
    }
    return longest;
}

}  // namespace server
