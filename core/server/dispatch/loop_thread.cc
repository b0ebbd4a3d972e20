#include "core/server/dispatch/loop_thread.h"

#include <fcntl.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "core/base/check.h"
#include "core/base/scheduling.h"
#include "core/base/text.h"
#include "core/loop/socket_transport.h"
#include "http/date.h"

namespace server {
namespace {

void assign_number(std::string& out, std::uint64_t number, int base = 10) {
    char digits[24];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number, base).ptr;
    out.assign(digits, end);
}

}  // namespace

base::Result<std::unique_ptr<LoopThread>> LoopThread::create(
    const Served& served, const std::vector<Endpoint>& endpoints, EmbeddedPool* pool
) {
    const loop::Backend backend = TRY(loop::backend_from_environment());
    loop::ChosenRing chosen = TRY(loop::create_ring(backend));
    auto loop = TRY(loop::Loop::create(std::move(chosen.ring), loop::Spin::kAdaptive));
    auto thread = std::unique_ptr<LoopThread>(new LoopThread(served, pool, std::move(loop)));
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

LoopThread::LoopThread(const Served& served, EmbeddedPool* pool, std::unique_ptr<loop::Loop> loop)
    : Connection::Host(*loop, served),
      served_(served),
      pool_(pool),
      loop_(std::move(loop)),
      inbox_(*loop_),
      mapper_(served.site),
      exchanges_({*this, *this, *served.early_bytes, inbox_}),
      groups_(*this, *loop_, served) {
    loop_->at_turn_end(*this);
    mapper_.notify([this] { loop_->wake(); });
}

LoopThread::~LoopThread() { CHECK(connections_ == nullptr); }

void LoopThread::run() {
    base::run_in_batches();
    for (Acceptor& acceptor : acceptors_) {
        acceptor.start();
    }
    loop_->run();
    access_log_.flush_all();
}

// --- Connections

void LoopThread::add(base::Fd socket, const Endpoint& endpoint) {
    auto* const connection = new Connection(
        *this, std::make_unique<loop::SocketTransport>(loop_->ring(), std::move(socket)), endpoint
    );
    connection->next = connections_;
    if (connections_ != nullptr) {
        connections_->previous = connection;
    }
    connections_ = connection;
    connection->start();
}

void LoopThread::remove(Connection& connection) {
    if (connection.previous != nullptr) {
        connection.previous->next = connection.next;
    } else {
        connections_ = connection.next;
    }
    if (connection.next != nullptr) {
        connection.next->previous = connection.previous;
    }
    removed_.emplace_back(&connection);
}

void LoopThread::drain() {
    loop_->post([this] {
        is_draining_ = true;
        for (Acceptor& acceptor : acceptors_) {
            acceptor.stop();
        }
        for (Connection* connection = connections_; connection != nullptr;) {
            Connection* const next = connection->next;
            connection->drain();
            connection = next;
        }
        stop_if_drained();
    });
}

void LoopThread::stop_if_drained() {
    const bool is_accepting = std::ranges::any_of(acceptors_, &Acceptor::is_open);
    if (!is_draining_ || is_accepting || connections_ != nullptr || !exchanges_.is_idle()) {
        return;
    }
    if (groups_.close_all()) {
        loop_->stop();
    }
}

// --- Exchanges

void LoopThread::abandon(Exchange& exchange) {
    using Phase = Exchange::Phase;
    Slot& slot = Slot::of(exchange);
    if (exchange.is_deferred()) {
        slot.deferred.abandon();
    }
    // A pool thread that has it, or is to have it, gives it back.
    const bool is_with_pool =
        (exchange.phase == Phase::kScriptAsked || exchange.phase == Phase::kEmbedded) &&
        !exchange.answer.has_ended() &&
        (pool_ == nullptr || !pool_->pool().withdraw(slot.embedded));
    const bool is_with_daemon =
        (exchange.phase == Phase::kLinkAwaited || exchange.phase == Phase::kDaemon) &&
        !exchange.answer.has_ended();
    if (is_with_pool || is_with_daemon) {
        exchange.responder->abandon();
        exchange.on_answer();
    } else {
        release_exchange(exchange);
    }
}

void LoopThread::refresh_time() {
    if (std::exchange(has_time_, true)) {
        return;
    }
    mapper_.refresh();
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    now_microseconds_ = microseconds_of(now);
    now_seconds_ = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
    if (now.tv_sec != date_seconds_) {
        date_seconds_ = now.tv_sec;
        date_ = http::http_date(now.tv_sec);
    }
}

const ServedHost& LoopThread::locate(Exchange& exchange, const Connection& connection) {
    refresh_time();
    const std::string& authority = exchange.request().authority;
    exchange.host = connection.names().find(authority);
    const ServedHost& host = served_.hosts[exchange.host];
    request::Facts& facts = exchange.facts();
    facts.remote_addr = connection.remote_addr();
    facts.remote_port = connection.remote_port();
    facts.server_addr = connection.local_addr();
    facts.server_port = connection.endpoint().port;
    facts.listener_host.assign(
        connection.endpoint().is_wildcard ? std::string_view() : connection.endpoint().address
    );
    // SERVER_NAME and SERVER_PORT follow the Host field, unless UseCanonicalName is On.
    const bool is_canonical = host.uses_canonical_name && !host.server_name.empty();
    const std::string_view name = is_canonical ? std::string_view() : site::name_in(authority);
    facts.server_name.clear();
    base::append_lower(facts.server_name, name.empty() ? std::string_view(host.server_name) : name);
    constexpr std::uint16_t kHttpPort = 80;
    const std::uint16_t asked = is_canonical ? std::uint16_t{0} : site::port_in(authority);
    const std::uint16_t port = asked != 0 ? asked : host.server_name_port;
    assign_number(facts.server_port_name, port != 0 ? port : kHttpPort);
    constexpr int kPidShift = 40;
    assign_number(
        facts.request_id, (static_cast<std::uint64_t>(served_.pid) << kPidShift) + ++requests_, 16
    );
    facts.server_pid = served_.pid;
    facts.request_start = now_seconds_;
    facts.queue_start = 0;
    facts.daemon_start = 0;
    exchange.is_located = true;
    return host;
}

// --- The turn

void LoopThread::take_inbox() {
    inbox_.take(taken_);
    for (const Ticket ticket : taken_) {
        Exchange* const exchange = exchanges_.find(ticket);
        if (exchange == nullptr) {
            continue;  // its client has gone, or what it had to say has been heard
        }
        if (exchange->phase == Exchange::Phase::kScriptAsked) {
            on_script_answered(*exchange);
        } else {
            exchange->on_answer();
        }
    }
    taken_.clear();
}

void LoopThread::take_names() {
    names_.take(found_);
    for (NameResolver::Found& found : found_) {
        if (Exchange* const exchange = exchanges_.find(found.ticket)) {
            exchange->remote_host = std::move(found.name);
            map(*exchange);
            go_on(*exchange);
        }
    }
    found_.clear();
}

void LoopThread::take_files() {
    // Not whether something is to be taken now: another request's refresh may have taken it.
    const auto count = mapper_.read_count();
    if (waiting_for_files_.empty() || count == files_read_) {
        return;
    }
    files_read_ = count;
    mapper_.refresh();
    for (const Ticket ticket : std::exchange(waiting_for_files_, {})) {
        if (Exchange* const exchange = exchanges_.find(ticket)) {
            map(*exchange);
            go_on(*exchange);
        }
    }
}

std::optional<std::chrono::nanoseconds> LoopThread::on_turn_end() {
    take_inbox();
    take_names();
    take_files();
    if (pool_ != nullptr && std::exchange(has_submitted_, false)) {
        pool_->pool().wake();
    }
    groups_.flush();
    removed_.clear();
    exchanges_.bury();
    access_log_.flush();
    has_time_ = false;
    if (is_draining_) {
        stop_if_drained();
    }
    return watch_pool();
}

// A thread may be stuck in a long request while others wait behind it: we are who notices.
std::optional<std::chrono::nanoseconds> LoopThread::watch_pool() {
    if (pool_ == nullptr || !pool_->pool().needs_watch()) {
        watched_since_.reset();
        return std::nullopt;
    }
    if (!watched_since_) {
        watched_since_ = loop_->now();
    } else if (loop_->now() - *watched_since_ >= interp::ThreadPool::kLong) {
        pool_->pool().tick();
        watched_since_ = loop_->now();
    }
    return interp::ThreadPool::kLong;
}

}  // namespace server
