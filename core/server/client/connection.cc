#include "core/server/client/connection.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "core/base/check.h"
#include "core/server/dispatch/loop_thread.h"

namespace server {
namespace {

using namespace std::chrono_literals;

// Pipelined bytes that wait behind a request; more than this and the client has to wait.
constexpr std::size_t kWaitingMax = 64 * 1024;
// How long and how much we go on reading after the last answer: a reset would destroy what the
// client has not read yet (RFC 9112 section 9.6).
constexpr auto kLinger = 2s;

void describe(const sockaddr_storage& address, std::string& text, std::uint16_t& port) {
    char buffer[INET6_ADDRSTRLEN] = {};
    if (address.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        ::inet_ntop(AF_INET, &v4.sin_addr, buffer, sizeof buffer);
        port = ntohs(v4.sin_port);
    } else if (address.ss_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
            ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], buffer, sizeof buffer);
        } else {
            ::inet_ntop(AF_INET6, &v6.sin6_addr, buffer, sizeof buffer);
        }
        port = ntohs(v6.sin6_port);
    }
    text = buffer;
}

}  // namespace

Connection::Connection(LoopThread& thread, base::Fd socket, const Endpoint& endpoint)
    : thread_(thread),
      endpoint_(endpoint),
      socket_(std::move(socket)),
      parser_(thread.served().limits, *this) {}

Connection::~Connection() { CHECK(exchange_ == nullptr); }

void Connection::start() {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0) {
        describe(address, remote_addr_, remote_port_);
    }
    size = sizeof address;
    std::uint16_t local_port = 0;
    if (::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0) {
        describe(address, local_addr_, local_port);
    }
    names_ = &thread_.served().host_table.at(local_addr_, endpoint_.port);
    host_ = &thread_.served().hosts[0];
    watch(thread_.served().config.header_timeout);
    receive();
}

// --- Receiving

void Connection::receive() {
    is_paused_ = false;
    if (!receive_.is_in_flight() && !is_stream_at_end_) {
        thread_.loop().ring().receive(socket_.get(), receive_);
    }
}

void Connection::pause() {
    if (!is_paused_) {
        is_paused_ = true;
        thread_.loop().ring().cancel(receive_);
    }
}

void Connection::on_received(loop::Completion completion) {
    if (state_ == State::kClosing) {
        if (!completion.more) {
            finish_closing();
        }
        return;
    }
    if (completion.result == -ECANCELED) {
        if (!is_paused_) {
            receive();  // there was room again before the cancellation took effect
        }
        return;
    }
    if (completion.result < 0) {
        close();
        return;
    }
    if (completion.result == 0) {
        on_end_of_stream();
        return;
    }
    if (state_ == State::kLingering) {
        return;  // read and dropped
    }
    process(completion.data);
}

void Connection::on_end_of_stream() {
    is_stream_at_end_ = true;
    if (state_ == State::kAnswering && !is_request_complete_ && exchange_->responder != nullptr) {
        close_after_answer();
        exchange_->responder->fail_body("Partial results are valid but processing is incomplete");
    } else if (state_ == State::kAnswering) {
        close_after_answer();  // half-closed: it may still want its answer (RFC 9112 section 9.6)
    } else {
        close();
    }
}

void Connection::process(base::Bytes input) {
    if (!waiting_.is_empty() || (state_ == State::kAnswering && is_request_complete_)) {
        waiting_.append(input);
        if (waiting_.size() >= kWaitingMax) {
            pause();
        }
        return;
    }
    while (!input.empty() && !(state_ == State::kAnswering && is_request_complete_)) {
        if (state_ != State::kReading && state_ != State::kAnswering) {
            return;  // after an error nothing further is looked at (T-17)
        }
        if (exchange_ == nullptr) {
            begin_exchange();
        }
        const std::size_t before = input.size();
        const auto step = parser_.feed(input, exchange_->request());
        exchange_->bytes_received += before - input.size();
        switch (step) {
            case http::Parser::Step::kNeedMore:
                break;
            case http::Parser::Step::kHead:
                answer_request(true);
                break;
            case http::Parser::Step::kEnd:
                if (std::exchange(is_skipping_body_, false)) {
                    break;
                }
                is_request_complete_ = true;
                if (state_ == State::kReading) {
                    answer_request(false);
                } else if (exchange_->responder != nullptr) {
                    unwatch();
                    exchange_->responder->end_body();
                }
                break;
            case http::Parser::Step::kError:
                reject(parser_.error());
                return;
        }
    }
    if (state_ == State::kAnswering || state_ == State::kReading) {
        waiting_.append(input);
    }
}

void Connection::process_waiting() {
    // A copy of the view's bytes is needed: answering may append to waiting_. It is empty but for
    // pipelining clients.
    if (waiting_.is_empty()) {
        return;
    }
    const std::string input(waiting_.bytes());
    waiting_.clear();
    waiting_.shrink(0);
    process(input);
}

void Connection::begin_exchange() {
    // From its first byte on, a request's head has as long as any other, however long the
    // connection was idle before.
    watch(thread_.served().config.header_timeout);
    exchange_ = &thread_.take_exchange();
    exchange_->connection = this;
    thread_.note_begin(*exchange_);
    is_request_complete_ = false;
}

void Connection::answer_request(bool has_body) {
    state_ = State::kAnswering;
    is_request_complete_ = !has_body;
    host_ = &thread_.locate(*exchange_, *this);
    ++requests_;
    const bool is_last_request =
        host_->keep_alive_requests_max != 0 && requests_ >= host_->keep_alive_requests_max;
    must_close_ = must_close_ || is_stream_at_end_ || thread_.is_draining() || !host_->keep_alive ||
                  is_last_request || !exchange_->request().keep_alive;
    has_answer_begun_ = false;
    if (has_body) {
        // Between two pieces of a body, the client has as long as for anything else.
        watch(host_->timeout);
    } else {
        unwatch();
    }
    thread_.dispatch(*exchange_, !must_close_);
}

void Connection::on_body(base::Bytes bytes) {
    if (state_ != State::kAnswering || exchange_->responder == nullptr ||
        !exchange_->request().has_body()) {
        return;  // nobody wants it: read and dropped
    }
    watch(host_->timeout);
    exchange_->responder->add_body(bytes);
    if (!exchange_->responder->has_room()) {
        pause();
        unwatch();  // it is us who are slow
    }
}

void Connection::reject(const http::ParseError& error) {
    close_after_answer();
    thread_.log_client(*exchange_, base::LogLevel::kInfo, error.what);
    const bool is_being_answered = state_ == State::kAnswering;
    state_ = State::kAnswering;
    is_request_complete_ = true;
    if (is_being_answered) {
        // The head was good and somebody answers it; its body is not good.
        pause();
        if (exchange_->responder == nullptr) {
            return;
        }
        exchange_->responder->fail_body(error.what);
        if (has_answer_begun_) {
            return;
        }
        replace_exchange();
    }
    answer_with_page({.status = error.status});
}

// The responder may go on for a while; its answer is not wanted any more, and ours needs a place.
void Connection::replace_exchange() {
    Exchange& old = *exchange_;
    Exchange& fresh = thread_.take_exchange();
    fresh.connection = this;
    fresh.host = old.host;
    fresh.request().method = old.request().method;
    fresh.request().target = old.request().target;
    fresh.request().minor = old.request().minor;
    fresh.begun = old.begun;
    fresh.bytes_received = old.bytes_received;
    fresh.bytes_sent = old.bytes_sent;
    abandon_exchange();
    exchange_ = &fresh;
}

// --- Ending

void Connection::watch(std::chrono::seconds time) { thread_.loop().set(timer_, time); }

void Connection::unwatch() { thread_.loop().unset(timer_); }

void Connection::on_timeout() {
    switch (state_) {
        case State::kReading:
            if (exchange_ != nullptr && parser_.is_inside_message()) {
                reject({408, "the request's head took too long"});
            } else {
                close();
            }
            break;
        case State::kAnswering:
            if (send_.is_in_flight()) {
                if (has_client_read()) {
                    watch(host_->timeout);
                } else {
                    close();
                }
            } else if (!is_request_complete_ && exchange_->responder != nullptr) {
                close_after_answer();
                exchange_->responder->fail_body("The timeout specified has expired");
            }
            break;
        case State::kLingering:
            close();
            break;
        case State::kClosing:
            break;
    }
}

// A slow client may empty the kernel's send buffer for long before a send of ours gets on.
bool Connection::has_client_read() {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket_.get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
        return false;
    }
    return std::exchange(acknowledged_, info.tcpi_bytes_acked) != info.tcpi_bytes_acked;
}

void Connection::close_after_answer() {
    must_close_ = true;
    if (exchange_ != nullptr && exchange_->responder != nullptr) {
        exchange_->responder->announce_close();
    }
}

void Connection::drain() {
    if (state_ == State::kReading && exchange_ == nullptr) {
        close();
    } else {
        close_after_answer();
    }
}

void Connection::linger() {
    state_ = State::kLingering;
    waiting_.clear();
    ::shutdown(socket_.get(), SHUT_WR);
    if (is_stream_at_end_) {
        close();
        return;
    }
    watch(kLinger);
    receive();
}

void Connection::abandon_exchange() {
    if (Exchange* const exchange = std::exchange(exchange_, nullptr)) {
        exchange->connection = nullptr;
        thread_.abandon(*exchange);
    }
}

void Connection::close() {
    if (state_ == State::kClosing) {
        return;
    }
    state_ = State::kClosing;
    unwatch();
    thread_.loop().ring().cancel(receive_);
    thread_.loop().ring().cancel(send_);
    finish_closing();
}

void Connection::finish_closing() {
    if (receive_.is_in_flight() || send_.is_in_flight() || !socket_.is_open()) {
        return;
    }
    if (exchange_ != nullptr && has_answer_begun_) {
        thread_.log_access(*exchange_, AfterAnswer::kBroke);
    }
    abandon_exchange();
    thread_.loop().ring().forget(socket_.get());
    socket_.reset();
    thread_.remove(*this);
}

}  // namespace server
