// Whatever carries the bytes of a connection: today a socket as it is (socket_transport.h); TLS is
// to be another. What is asked completes in an operation of the asker's, by the rules of a Ring:
// never on the stack of whoever asks, errors as -errno, one operation that receives and one that
// sends at a time. It ends when no operation on it is in flight, and the connection with it. Loop
// thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/loop/operation.h"
#include "core/loop/parts.h"

namespace loop {

class Transport {
public:
    struct Ends {
        std::string local_address;  // "" where there is none
        std::string remote_address;
        std::uint16_t remote_port = 0;
    };

    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    [[nodiscard]] virtual Ends ends() const = 0;

    // As Ring::receive(): multishot; result 0 is the peer's end of stream.
    virtual void receive(Operation& operation) = 0;
    // One send of all of them; result = bytes taken, may be short. `parts` stay until it completes.
    virtual void send(Parts& parts, Operation& operation) = 0;
    // As Ring::send_file(): may be short, 0 is the end of the file.
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
    // What the peer has taken, of the whole connection; bytes.
    [[nodiscard]] virtual std::uint64_t acknowledged() const = 0;
};

}  // namespace loop
