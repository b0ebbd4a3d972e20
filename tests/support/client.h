// Client: a TCP connection under a test's full control. It sends exactly the bytes it is given and
// reads responses strictly (RFC 9112), so that a response cut short is told from a complete one.
// Every wait is bounded; one that ends without an answer fails the test. One thread; a second one
// may send while the first reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/system/fd.h"

namespace test {

struct Response {
    int status = 0;  // 0: the connection ended before a head was complete
    std::string version;
    std::string reason;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::vector<int> interim;  // the 1xx responses that came before
    bool is_complete = false;  // false: the body ended before its framing said so

    // The first field of that name, case-blind; "" without one, which `has` tells apart.
    [[nodiscard]] std::string header(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return !all(name).empty(); }
    [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
};

struct ClientOptions {
    int receive_buffer = 0;  // SO_RCVBUF in bytes, for a slow reader; 0 is the system's
    std::string from = {};   // its own IPv4 address, such as 127.0.0.2; "" is the system's
};

class Client {
public:
    // `address` as --ready-fd tells it: "127.0.0.1:8000" or "[::1]:8000". Fails the test when
    // nobody listens.
    explicit Client(const std::string& address, ClientOptions options = {});
    Client(Client&&) = default;
    Client& operator=(Client&&) = default;

    // True when nobody listens at `address`. A connection that waits in a backlog for nobody is not
    // refused.
    [[nodiscard]] static bool is_refused(const std::string& address);

    // Sends all of it. send() fails the test when the peer has gone, try_send() returns false.
    void send(std::string_view bytes);
    [[nodiscard]] bool try_send(std::string_view bytes);
    // "GET target HTTP/1.1" with Host: a, and `fields` as lines that each end in CRLF.
    void get(std::string_view target, std::string_view fields = "");
    // Returns when the server's read(2) has taken everything that was sent (IPv4 only).
    [[nodiscard]] bool wait_until_taken();
    void shut_down_sending();
    void close() { fd_.reset(); }
    void reset();  // closes with RST

    // The whole next response; interim ones are skipped and noted. `to_head`: it answers a HEAD
    // request.
    Response read_response(bool to_head = false);
    // The next head alone, an interim one too. Its body is then read by read_piece().
    Response read_head(bool to_head = false);
    // Decoded bytes of the body as they come; valid until the next call. Empty at its end.
    std::string_view read_piece();
    // Exactly `count` decoded bytes, fewer only at the body's end.
    std::string read_body(std::size_t count);
    // Reads the body to its end, keeping nothing; returns its size.
    std::uint64_t drain_body(const std::function<void(std::string_view)>& look = {});
    [[nodiscard]] bool is_body_complete() const { return body_.has_ended; }

    // Raw bytes until the peer closes. Resets count as closing.
    std::string read_until_close();
    // True when the peer closes before it says anything more.
    [[nodiscard]] bool is_closed_by_peer();
    // True when nothing has come, or only what ends a chunk, and the connection is open. Looks
    // only; does not wait.
    [[nodiscard]] bool is_silent();

private:
    enum class Framing { kNone, kLength, kChunked, kUntilClose };
    struct Body {
        Framing framing = Framing::kNone;
        std::uint64_t remaining = 0;  // of Content-Length, or of the current chunk
        bool is_after_chunk = false;  // the chunk's CRLF is still to be read
        bool has_ended = true;
    };

    bool fill();  // receives more; false at the end of the connection
    std::optional<std::string> read_line();
    bool begin_chunk();
    void begin_body(const Response& response, bool to_head);
    [[nodiscard]] std::string_view input() const { return std::string_view(input_).substr(taken_); }
    void take(std::size_t count) { taken_ += count; }

    base::Fd fd_;
    std::string input_;
    std::size_t taken_ = 0;  // bytes of input_ that were given out
    Body body_;
};

}  // namespace test
