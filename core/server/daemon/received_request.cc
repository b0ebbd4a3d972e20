#include "core/server/daemon/received_request.h"

#include <algorithm>
#include <utility>

#include "ipc/breach.h"
#include "ipc/messages.h"
#include "ipc/wire.h"

namespace server {
void ReceivedRequest::begin(bool has_body, std::size_t head_size) {
    is_awaited_ = is_abandoned_ = false;
    is_large_ = head_size > kKept;
    body_.begin(has_body, parcel.request.expects_continue);
    consumed_ = received_ = 0;
    set_window(ipc::kWindow);
}

base::Result<bool> ReceivedRequest::on_body(const ipc::Frame& frame) {
    // What the other end may be ahead of what we have given room for is the window, and all that it
    // can make us keep.
    received_ += static_cast<std::uint32_t>(frame.payload.size());
    if (body_.has_ended() || received_ > ipc::kWindow) {
        return ipc::breach("the server process sent body bytes out of place");
    }
    body_.add(frame.payload);
    return is_awaited_;
}

bool ReceivedRequest::on_end() {
    body_.end();
    return is_awaited_;
}

// What has come cannot be kept: the body has a hole from here on.
bool ReceivedRequest::on_no_memory() {
    body_.fail("out of memory");
    return is_awaited_;
}

base::Result<bool> ReceivedRequest::on_abort(const ipc::Frame& frame) {
    // Otherwise only its body has failed. One that has ended may still be given up: the client has
    // gone while the application works.
    is_abandoned_ = is_abandoned_ || frame.is_last();
    ipc::Abort abort = TRY(ipc::decode_abort(frame.payload));
    body_.fail(std::move(abort.reason));
    return is_awaited_;
}

base::Result<bool> ReceivedRequest::on_window(const ipc::Frame& frame) {
    ipc::WireReader reader(frame.payload);
    const auto room = reader.number<std::uint32_t>();
    if (!reader.ok() || room > ipc::kWindow - std::min(window(), ipc::kWindow)) {
        return ipc::breach("the server process sent a malformed window");
    }
    set_window(window() + room);
    return is_awaited_;
}

std::uint32_t ReceivedRequest::room_behind(std::size_t read) {
    // In halves of the window, so that short bodies cost no frame; and not behind the end of the
    // body, where nobody needs it.
    consumed_ += static_cast<std::uint32_t>(read);
    if (body_.has_ended() || consumed_ < ipc::kWindow / 2) {
        return 0;
    }
    received_ -= consumed_;
    return std::exchange(consumed_, 0);
}

bool ReceivedRequest::awaits_body() {
    is_awaited_ = body_.is_awaited() && !is_abandoned_;
    return is_awaited_;
}

bool ReceivedRequest::awaits_window() {
    is_awaited_ = window() == 0 && !is_abandoned_;
    return is_awaited_;
}

void ReceivedRequest::drop() {
    body_.drop(kKept);
    if (is_large_) {
        parcel.request = {};
        parcel.route = {};
    }
}

}  // namespace server
