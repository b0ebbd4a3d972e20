#include "tests/support/client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <sstream>

#include "core/base/text/text.h"
#include "http/headers.h"
#include "tests/support/deadline.h"
#include "tests/support/receive_queue.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

constexpr std::size_t kBlock = 256 * 1024;

struct Endpoint {
    std::string host;
    std::string port;
};

Endpoint endpoint_of(const std::string& address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) {
        return {};
    }
    std::string host = address.substr(0, colon);
    if (host.starts_with('[')) {
        host = host.substr(1, host.size() - 2);
    }
    return {host, address.substr(colon + 1)};
}

base::Fd connect_to(const std::string& address, const ClientOptions& options) {
    const Endpoint endpoint = endpoint_of(address);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found) != 0) {
        return {};
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    base::Fd fd(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (options.receive_buffer > 0) {
        ::setsockopt(
            fd.get(), SOL_SOCKET, SO_RCVBUF, &options.receive_buffer, sizeof options.receive_buffer
        );
    }
    if (!options.from.empty()) {
        sockaddr_in own{};
        own.sin_family = AF_INET;
        ::inet_pton(AF_INET, options.from.c_str(), &own.sin_addr);
        EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
    }
    constexpr timeval kPatienceToConnect{
        2, 0};  // a listener whose backlog nobody empties says nothing at all
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatienceToConnect, sizeof kPatienceToConnect);
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd.get(), found->ai_addr, found->ai_addrlen) != 0) {
        const int reason = errno;
        fd.reset();
        errno = reason;
    }
    return fd;
}

}  // namespace

std::vector<std::string> Response::all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [each, value] : headers) {
        if (base::equal_case_blind(each, name)) {
            values.push_back(value);
        }
    }
    return values;
}

std::string Response::header(std::string_view name) const {
    const auto values = all(name);
    return values.empty() ? std::string() : values.front();
}

Client::Client(const std::string& address, ClientOptions options)
    : fd_(connect_to(address, options)) {
    EXPECT_TRUE(fd_.is_open()) << "cannot connect to " << address << ": " << std::strerror(errno);
}

bool Client::is_refused(const std::string& address) {
    errno = 0;
    return !connect_to(address, {}).is_open() && errno == ECONNREFUSED;
}

void Client::send(std::string_view bytes) {
    EXPECT_TRUE(try_send(bytes)) << "the server does not take the bytes";
}

bool Client::try_send(std::string_view bytes) {
    const Deadline deadline;
    while (!bytes.empty()) {
        const ssize_t count =
            ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            pollfd waiting{fd_.get(), POLLOUT, 0};
            if (::poll(&waiting, 1, deadline.milliseconds_left()) == 0) {
                return false;
            }
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void Client::get(std::string_view target, std::string_view fields) {
    send(fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n{}\r\n", target, fields));
}

bool Client::wait_until_taken() {
    sockaddr_in here{};
    sockaddr_in there{};
    socklen_t size = sizeof here;
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&here), &size);
    ::getpeername(fd_.get(), reinterpret_cast<sockaddr*>(&there), &size);
    return eventually([&] { return bytes_waiting(there, here) == 0U; });
}

void Client::shut_down_sending() { ::shutdown(fd_.get(), SHUT_WR); }

void Client::reset() {
    const linger hard{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
}

bool Client::fill() {
    if (!fd_.is_open()) {
        return false;
    }
    if (taken_ == input_.size()) {
        input_.clear();
        taken_ = 0;
    }
    pollfd waiting{fd_.get(), POLLIN, 0};
    const Deadline deadline;
    while (::poll(&waiting, 1, deadline.milliseconds_left()) <= 0) {
        if (deadline.has_passed()) {
            ADD_FAILURE() << "the server has not answered in time";
            return false;
        }
    }
    const std::size_t size = input_.size();
    input_.resize(size + kBlock);
    const ssize_t count = ::recv(fd_.get(), input_.data() + size, kBlock, 0);
    input_.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return count > 0;
}

std::optional<std::string> Client::read_line() {
    for (;;) {
        if (const auto end = input().find("\r\n"); end != std::string_view::npos) {
            std::string line(input().substr(0, end));
            take(end + 2);
            return line;
        }
        if (!fill()) {
            return std::nullopt;
        }
    }
}

Response Client::read_head(bool to_head) {
    Response response;
    const auto status_line = read_line();
    if (!status_line) {
        return response;
    }
    constexpr std::size_t kReasonAt = std::string_view("HTTP/1.1 200 ").size();
    response.version = status_line->substr(0, status_line->find(' '));
    EXPECT_TRUE(response.version.starts_with("HTTP/1.") && status_line->size() >= kReasonAt)
        << *status_line;
    for (;;) {
        const auto line = read_line();
        if (!line) {
            return response;
        }
        if (line->empty()) {
            break;
        }
        const auto colon = line->find(':');
        EXPECT_NE(colon, std::string::npos) << *line;
        const auto value = line->find_first_not_of(' ', colon + 1);
        response.headers.emplace_back(
            line->substr(0, colon), value == std::string::npos ? "" : line->substr(value)
        );
    }
    std::istringstream(status_line->substr(response.version.size())) >> response.status;
    response.reason = status_line->size() > kReasonAt ? status_line->substr(kReasonAt) : "";
    begin_body(response, to_head);
    return response;
}

// RFC 9112 section 6.3, in its order.
void Client::begin_body(const Response& response, bool to_head) {
    body_ = {};
    const bool is_bodiless =
        to_head || response.status < 200 || response.status == 204 || response.status == 304;
    if (is_bodiless) {
        return;
    }
    body_.has_ended = false;
    if (response.has("Transfer-Encoding")) {
        EXPECT_EQ(response.header("Transfer-Encoding"), "chunked");
        EXPECT_FALSE(response.has("Content-Length")) << "two framings";
        body_.framing = Framing::kChunked;
    } else if (response.has("Content-Length")) {
        EXPECT_EQ(response.all("Content-Length").size(), 1U);
        body_.framing = Framing::kLength;
        body_.remaining = std::stoull(response.header("Content-Length"));
        body_.has_ended = body_.remaining == 0;
    } else {
        body_.framing = Framing::kUntilClose;
    }
}

// Reads a chunk's size line, and behind the last chunk the trailer section. False: the connection
// ended.
bool Client::begin_chunk() {
    if (body_.is_after_chunk) {
        const auto line = read_line();
        if (!line) {
            return false;
        }
        EXPECT_EQ(*line, "") << "chunk data is longer than its size";
        body_.is_after_chunk = false;
    }
    const auto line = read_line();
    if (!line) {
        return false;
    }
    const auto parsed =
        std::from_chars(line->data(), line->data() + line->size(), body_.remaining, 16);
    EXPECT_EQ(parsed.ptr, line->data() + line->size()) << "not a chunk size: " << *line;
    body_.is_after_chunk = true;
    if (body_.remaining > 0) {
        return true;
    }
    for (auto trailer = read_line(); trailer; trailer = read_line()) {
        if (trailer->empty()) {
            body_.has_ended = true;
            return true;
        }
    }
    return false;
}

std::string_view Client::read_piece() {
    if (body_.has_ended || body_.framing == Framing::kNone) {
        return {};
    }
    if (body_.framing == Framing::kChunked && body_.remaining == 0 &&
        (!begin_chunk() || body_.has_ended)) {
        return {};
    }
    if (input().empty() && !fill()) {
        body_.has_ended = body_.framing == Framing::kUntilClose;
        body_.framing = Framing::kNone;
        return {};
    }
    std::string_view piece = input();
    if (body_.framing != Framing::kUntilClose) {
        piece = piece.substr(0, body_.remaining);
        body_.remaining -= piece.size();
        body_.has_ended = body_.framing == Framing::kLength && body_.remaining == 0;
    }
    take(piece.size());
    return piece;
}

std::string Client::read_body(std::size_t count) {
    std::string bytes;
    while (bytes.size() < count) {
        const std::string_view piece = read_piece();
        if (piece.empty()) {
            break;
        }
        const std::size_t used = std::min(piece.size(), count - bytes.size());
        bytes.append(piece.substr(0, used));
        if (used < piece.size()) {  // gives back what was not asked for
            const std::size_t rest = piece.size() - used;
            taken_ -= rest;
            body_.remaining += body_.framing == Framing::kUntilClose ? 0 : rest;
            body_.has_ended = false;
        }
    }
    return bytes;
}

std::uint64_t Client::drain_body(const std::function<void(std::string_view)>& look) {
    std::uint64_t size = 0;
    for (std::string_view piece = read_piece(); !piece.empty(); piece = read_piece()) {
        size += piece.size();
        if (look) {
            look(piece);
        }
    }
    return size;
}

Response Client::read_response(bool to_head) {
    std::vector<int> interim;
    Response response = read_head(to_head);
    while (response.status >= 100 && response.status < 200) {
        interim.push_back(response.status);
        response = read_head(to_head);
    }
    response.interim = std::move(interim);
    if (response.status != 0) {
        drain_body([&](std::string_view piece) { response.body.append(piece); });
        response.is_complete = body_.has_ended;
    }
    return response;
}

std::string Client::read_until_close() {
    std::string bytes;
    do {
        bytes.append(input());
        taken_ = input_.size();
    } while (fill());
    return bytes;
}

bool Client::is_closed_by_peer() { return input().empty() && !fill(); }

bool Client::is_silent() {
    pollfd waiting{fd_.get(), POLLIN | POLLRDHUP, 0};
    const bool is_between_chunks = body_.is_after_chunk && body_.remaining == 0;
    const bool has_nothing = input().empty() || (is_between_chunks && input() == "\r\n");
    return has_nothing && ::poll(&waiting, 1, 0) == 0;
}

}  // namespace test
