// StagedOutbox: frames that go out by operations of a ring. Those of a turn gather; then they are
// staged, and stay where they are until the kernel has sent the last of them, while new ones
// gather. Descriptors are closed when they have been sent: the kernel has its own by then. Loop
// thread only.
//
//     all sent ─ stage() ─→ in flight ─ sent() ─→ (some are left: stage() again) or all sent
#pragma once

#include <cstddef>
#include <utility>

#include "core/base/check.h"
#include "ipc/frame.h"

namespace server {

class StagedOutbox {
public:
    StagedOutbox() = default;
    StagedOutbox(const StagedOutbox&) = delete;
    StagedOutbox& operator=(const StagedOutbox&) = delete;

    // For new frames, at any time.
    [[nodiscard]] ipc::Outbox& gathering() { return gathering_; }
    // Of all that has not been sent.
    [[nodiscard]] std::size_t size() const { return gathering_.size() + staged_.size(); }

    // What one send is to take, which stays until sent(); null: nothing waits. Not while one is in
    // flight.
    [[nodiscard]] const msghdr* stage() {
        CHECK(!is_in_flight_);
        if (staged_.is_empty()) {
            std::swap(staged_, gathering_);
            gathering_.count_on_from(staged_);
        }
        is_in_flight_ = staged_.prepare(message_);
        return is_in_flight_ ? &message_.header : nullptr;
    }
    // The kernel has taken so many bytes of it, maybe not all.
    void sent(std::size_t bytes) {
        is_in_flight_ = false;
        staged_.sent(bytes);
    }

    // Nobody has anything to send for now: gives back large blocks, but for what is in flight.
    void rest() {
        gathering_.rest();
        if (!is_in_flight_) {
            staged_.rest();
        }
    }

private:
    ipc::Outbox gathering_;
    ipc::Outbox staged_;
    ipc::Outbox::Message message_;
    bool is_in_flight_ = false;
};

}  // namespace server
