#include "core/server/links/body_sender.h"

#include <algorithm>
#include <utility>

#include "core/server/answer/responder.h"
#include "ipc/messages.h"

namespace server {
namespace {

constexpr std::size_t kWaitingBytesMax = 64 * 1024;
constexpr int kBadRequest = 400;

}  // namespace

void BodySender::begin(bool has_body) {
    // Without a body its head has said so (kLast), and there is nothing to tell.
    state_ = has_body ? State::kComing : State::kTold;
    waiting_.clear();
    waiting_.shrink(kKeptBodyBytes);
    window_ = ipc::kWindow;
    failure_.clear();
}

void BodySender::end() {
    // Only the first end counts: one that has failed is not complete, whatever is said afterwards.
    if (state_ == State::kComing) {
        state_ = State::kEnded;
    }
}

void BodySender::fail(const std::string& reason) {
    if (state_ == State::kComing) {
        state_ = State::kFailed;
        failure_ = reason;
    }
}

void BodySender::send(ipc::Outbox& outbox, std::uint32_t number) {
    // Never more than the process has said that it has room for: it need not read, and the link is
    // not filled by one stream whose application does not.
    while (!waiting_.is_empty() && window_ > 0) {
        const std::size_t count = std::min({waiting_.size(), std::size_t{window_}, ipc::kBodyMax});
        outbox.frame(ipc::FrameType::kBody, number, 0, waiting_.bytes().substr(0, count));
        waiting_.consume(count);
        window_ -= static_cast<std::uint32_t>(count);
    }
    // The end, good or bad, stands behind all bytes.
    if (!waiting_.is_empty() || state_ == State::kComing) {
        return;
    }
    const State last = std::exchange(state_, State::kTold);
    if (last == State::kEnded) {
        outbox.frame(ipc::FrameType::kEnd, number, 0, {});
    } else if (last == State::kFailed) {
        const std::size_t opened = outbox.open(ipc::FrameType::kAbort, number);
        ipc::encode_abort({kBadRequest, failure_}, outbox.bytes());
        // Without kLast: the application may still answer.
        outbox.close(opened, 0);
    }
}

bool BodySender::widen(std::uint32_t room) {
    // The sum is never more than the window: a process that gives more would have us send without
    // bound, or overflow the count.
    if (room > ipc::kWindow - std::min(window_, ipc::kWindow)) {
        return false;
    }
    window_ += room;
    return true;
}

bool BodySender::is_full() const { return waiting_.size() >= kWaitingBytesMax; }

void BodySender::drop() {
    // All of it: nobody knows how long this stream's client goes on, with its body unread.
    waiting_.clear();
    waiting_.shrink(0);
}

}  // namespace server
