// A request as a daemon process receives it: the leader (whichever thread reads the socketpair)
// feeds it, frame by frame, and the pool thread that runs it takes what has come. With the mutex of
// its link, but for the parcel: that is the leader's until submit(), and then the pool thread's,
// without a lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/base/result.h"
#include "core/request/parcel.h"
#include "interp/wsgi/request_body.h"
#include "ipc/frame.h"

namespace server {

class ReceivedRequest {
public:
    // What is kept for the next request; there are as many of them as there ever were requests at
    // once.
    static constexpr std::size_t kKept = 8 * 1024;

    request::Parcel parcel;

    // The leader: one has just been decoded into the parcel; all else is set anew, because this has
    // served another one before.
    void begin(bool has_body, std::size_t head_size);
    // Something has come for it. These return whether the pool thread is to look again, or what the
    // other end has broken of the protocol. Where there is no memory (std::bad_alloc),
    // on_no_memory() follows.
    base::Result<bool> on_body(const ipc::Frame& frame);
    bool on_end();
    base::Result<bool> on_abort(const ipc::Frame& frame);
    base::Result<bool> on_window(const ipc::Frame& frame);
    bool on_no_memory();
    void on_link_lost() { is_abandoned_ = true; }  // as if the client had gone

    // The client or the server process has gone.
    // Also without the mutex.
    [[nodiscard]] bool is_abandoned() const {
        return is_abandoned_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] interp::RequestBody& body() { return body_; }
    [[nodiscard]] const interp::RequestBody& body() const { return body_; }
    // So many bytes of the body have been read: for how many more the server process is to be told
    // that there is room, or 0.
    [[nodiscard]] std::uint32_t room_behind(std::size_t read);
    // Body bytes of the answer that may be sent. Only the leader adds to them, so that whoever
    // sends may look without the mutex: there is never less than he has seen.
    [[nodiscard]] std::uint32_t window() const { return window_.load(std::memory_order_relaxed); }
    void use_window(std::size_t sent) { set_window(window() - static_cast<std::uint32_t>(sent)); }

    // Whether the pool thread has to wait for that; whatever comes then is told (above).
    [[nodiscard]] bool awaits_body();
    [[nodiscard]] bool awaits_window();

    // It has been answered: what was large goes.
    void drop();

private:
    void set_window(std::uint32_t bytes) { window_.store(bytes, std::memory_order_relaxed); }

    bool is_awaited_ = false;  // its pool thread waits
    bool is_large_ = false;    // its head is more than is kept
    std::atomic<bool> is_abandoned_{false};
    interp::RequestBody body_;
    std::uint32_t consumed_ = 0;            // body bytes since the server was last told of room
    std::uint32_t received_ = 0;            // body bytes that the server was not told yet are gone
    std::atomic<std::uint32_t> window_{0};  // changed with the mutex only
};

}  // namespace server
