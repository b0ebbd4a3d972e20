// What a client has sent behind a request that is not answered yet (RFC 9112 section 9.3.2): it
// waits, in order, and is not looked at. A client may have 64 KiB of it as long as what all clients
// have there is below a bound, and what the kernel had handed over by then. Loop thread only.
#pragma once

#include <cstddef>

#include "core/base/budget.h"
#include "core/base/bytes.h"

namespace server {

class Pipeline {
public:
    // More than this and the client has to wait, until it is less than the other: what it then
    // sends comes in few large pieces.
    static constexpr std::size_t kMost = 64 * 1024;
    static constexpr std::size_t kFew = 16 * 1024;
    // What every client may have. More is counted: a crowd would make hundreds of megabytes of what
    // one may.
    static constexpr std::size_t kByRight = 4 * 1024;

    // `all`: what the process has for all clients.
    explicit Pipeline(base::Budget& all) : all_(all) {}

    [[nodiscard]] bool is_empty() const { return waiting_.is_empty(); }
    [[nodiscard]] base::Bytes bytes() const { return waiting_.bytes(); }
    // Not refused, however much it is: they have been received.
    void add(base::Bytes bytes) { waiting_.append(bytes); }
    // The first ones have been understood. Only they are taken away: a client that pipelines many
    // requests does not have all of them moved for each of them.
    void remove_prefix(std::size_t count);
    // They are never answered.
    void clear() { remove_prefix(waiting_.size()); }

    // All clients together have too much: nobody may send on who has something waiting.
    [[nodiscard]] bool is_full_for_all() const { return all_.is_nearly_used_up(); }
    // Whether the client may send on. `is_paused`: it has to wait already.
    [[nodiscard]] bool may_grow(bool is_paused);

private:
    base::Budget& all_;
    base::Buffer waiting_;
    base::Share share_;
};

}  // namespace server
