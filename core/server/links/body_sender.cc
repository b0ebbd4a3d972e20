#include "core/server/links/body_sender.h"

#include <algorithm>
#include <utility>

#include "ipc/messages.h"

namespace server {
namespace {

constexpr std::size_t kWaitingMax = 64 * 1024;
constexpr std::size_t kKept = 64 * 1024;  // what an idle one may hold on to
constexpr int kBadRequest = 400;

}  // namespace

void BodySender::begin(bool has_body) {
    state_ = has_body ? State::kComing : State::kTold;
    waiting_.clear();
    waiting_.shrink(kKept);
    window_ = ipc::kWindow;
    failure_.clear();
}

void BodySender::end() {
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
    while (!waiting_.is_empty() && window_ > 0) {
        const std::size_t count = std::min({waiting_.size(), std::size_t{window_}, ipc::kBodyMax});
        outbox.frame(ipc::FrameType::kBody, number, 0, waiting_.bytes().substr(0, count));
        waiting_.consume(count);
        window_ -= static_cast<std::uint32_t>(count);
    }
    if (!waiting_.is_empty() || state_ == State::kComing) {
        return;
    }
    const State last = std::exchange(state_, State::kTold);
    if (last == State::kEnded) {
        outbox.frame(ipc::FrameType::kEnd, number, 0, {});
    } else if (last == State::kFailed) {
        const std::size_t opened = outbox.open(ipc::FrameType::kAbort, number);
        ipc::encode_abort({kBadRequest, failure_}, outbox.bytes());
        outbox.close(opened, 0);
    }
}

bool BodySender::widen(std::uint32_t room) {
    if (room > ipc::kWindow - std::min(window_, ipc::kWindow)) {
        return false;
    }
    window_ += room;
    return true;
}

bool BodySender::is_full() const { return waiting_.size() >= kWaitingMax; }

void BodySender::drop() {
    waiting_.clear();
    waiting_.shrink(0);
}

}  // namespace server
