// What a crowd of requests has left behind goes back to the system when none has ended for a while:
// exchanges with their buffers, and what the allocators keep for next time. Costs a loop that
// serves one timer a second. Loop thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

#include "core/base/memory.h"
#include "core/loop/loop.h"
#include "core/server/dispatch/exchange_table.h"

namespace server {

class AfterCrowd {
public:
    AfterCrowd(loop::Loop& loop, ExchangeTable& exchanges) : loop_(loop), exchanges_(exchanges) {}

    // A request begins.
    void note() {
        if (!timer_.is_set()) {
            loop_.set(timer_, kQuiet);
        }
    }

private:
    static constexpr std::chrono::seconds kQuiet{1};

    void on_timeout() {
        const std::uint64_t ended = exchanges_.released();
        if (std::exchange(seen_, ended) != ended) {
            is_tidy_ = false;
        } else if (!std::exchange(is_tidy_, true)) {
            exchanges_.forget_free();
            exchanges_.bury();
            base::release_free_memory();
            base::release_libc_memory();
        }
        if (!is_tidy_ || !exchanges_.is_idle()) {
            loop_.set(timer_, kQuiet);
        }
    }

    loop::Loop& loop_;
    ExchangeTable& exchanges_;
    std::uint64_t seen_ = 0;  // requests that had ended when it looked last
    bool is_tidy_ = true;     // since then
    loop::TimerFor<&AfterCrowd::on_timeout> timer_{*this};
};

}  // namespace server
