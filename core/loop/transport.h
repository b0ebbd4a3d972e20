// Whatever carries the bytes of a connection: today a socket as it is (socket_transport.h); TLS is
// to be another. What is asked completes in an operation of the asker's, by the rules of a Ring:
// in a handler of Ring::deliver(), never on the stack of whoever asks; errors as -errno; at a time
// one operation that receives, one that sends, and one that watches. Loop thread only.
//
// Its owner destroys it as soon as none of the operations that it has asked with is in flight, be
// it on the stack of the last one's completion (Connection::on_stopped()), and asks nothing
// else. A socket as it is has no operations of its own: it hands the asker's on to the ring, and
// needs no more than that. An implementation that has some (a handshake, what is to be sent before
// the asker's bytes) has to
//   - keep one of the asker's in flight until its own have ended, or be destroyed with one in
//     flight, which aborts;
//   - complete the asker's in the handler of one of its own, for nothing else here lets it complete
//     anything later, and touch nothing of itself behind a completion with more == false;
//   - end its own in cancel(), so that the asker's can end.
// end_sending() has no operation, so that nobody can wait for what it still has to say: the peer's
// end of stream, or the end of the connection, is what tells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/loop/parts.h"
#include "core/loop/ring/operation.h"

namespace loop {

class Transport {
public:
    struct Ends {
        std::string local_address;  // both are there
        std::string remote_address;
        std::uint16_t remote_port = 0;
    };

    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    // Nothing: the peer has gone already, and with it what is known of it. Whoever was not told who
    // it is must not listen to it, though it may have said something before it went.
    [[nodiscard]] virtual std::optional<Ends> ends() const = 0;

    // As Ring::receive(): multishot; result 0 is the peer's end of stream.
    virtual void receive(Operation& operation) = 0;
    // As Ring::receive_once(): the first bytes end it.
    virtual void receive_once(Operation& operation) = 0;
    // One send of all of them; result = bytes taken, may be short. `parts` stay until it completes.
    virtual void send(Parts& parts, Operation& operation) = 0;
    // As Ring::send_file(): may be short, 0 is the end of the file, and -ENODATA.
    virtual void send_file(
        int file, std::uint64_t offset, std::size_t count, Operation& operation
    ) = 0;
    // Completes when something has become of the connection though nothing is received; whether the
    // peer has gone is for is_reset() to say. May run beside all others.
    virtual void watch(Operation& operation) = 0;
    [[nodiscard]] virtual bool is_reset(const Completion& completion) const = 0;
    virtual void cancel(Operation& operation) = 0;

    // Nothing more is sent; the peer's end of stream comes behind what was.
    virtual void end_sending() = 0;
    // Its end is to be the end: what the peer has not taken is dropped, and not offered any more.
    // It hears of that if it is still there.
    virtual void drop_unsent() = 0;
    // False: whatever carries it has become somebody else's. Only where that is looked for.
    [[nodiscard]] virtual bool is_whole() const { return true; }
    // What the peer has taken, of the whole connection; bytes.
    [[nodiscard]] virtual std::uint64_t acknowledged() const = 0;
};

}  // namespace loop
