// What has been said of an answer, as data: a head, bytes of the body, at most one part of a file,
// and how it ended. Nobody but the connection makes bytes of it, and decides about framing
// (client/http1/answer_writer.h): who answers knows nothing of HTTP's versions, nor of other
// clients. A value. It waits in its responder until the connection takes it, piece by piece. Not
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/foreign/tenant_file.h"
#include "core/base/loan.h"
#include "core/base/system/fd.h"
#include "http/response.h"

namespace server {

// What an idle request may hold on to of each of its buffers. Hundreds of connections with a large
// answer each would keep hundreds of megabytes.
constexpr std::size_t kKeptBytes = 64 * 1024;

struct Answer {
    enum class Ending : std::uint8_t {
        kNone,      // there is more to come
        kComplete,  // all is said
        kBroken,    // it cannot be completed: the connection breaks once the pieces are out
        kFailed,    // nothing has been said and nothing will be: the client is to get `failure`
    };

    // Null: nothing has been said yet. Who has said it leaves it alone until the exchange is reset:
    // it has passed http::check().
    const http::Response* head = nullptr;
    std::size_t head_size = 0;  // of a head that has not been taken yet: it counts as bytes do
    std::string body;           // not framed
    base::Loan loan;            // or somebody else's bytes, which are the whole body
    base::TenantFile file;      // goes out behind `body`; the head has its Content-Length
    bool is_file_slow = false;  // reading it, and closing it, may take any time
    std::uint64_t file_offset = 0;
    std::uint64_t file_count = 0;
    Ending ending = Ending::kNone;
    int failure = 0;  // a status

    void drop_file();
    // For a new one; keeps the memory of a body.
    void clear();
    void begin(const http::Response& response);
    void add_body(base::Bytes bytes) { body.append(bytes); }
    void add_loan(base::Loan whole_body) { loan = std::move(whole_body); }
    void add_file(base::Fd its_file, std::uint64_t offset, std::uint64_t count);
    // All is said. Without a head that is no answer.
    void end();
    // It cannot be completed: `status` if nothing has been said.
    void fail(int status);
    // Moves the pieces that there are into `taken`; the bodies are swapped.
    void take(Answer& taken);
    // Gives back what a large one has needed.
    void shrink();

    [[nodiscard]] bool has_ended() const { return ending != Ending::kNone; }
    // What it holds for a client who has not taken it; bytes. What is lent, the lender counts.
    [[nodiscard]] std::size_t size() const { return head_size + body.size(); }
    [[nodiscard]] bool has_pieces() const { return size() > 0 || loan.is_open() || file.is_open(); }
};

}  // namespace server
