#include "core/server/dispatch/aside/deferred.h"

#include <algorithm>
#include <utility>

#include "core/server/served/budgets.h"

namespace server {
namespace {

// The most that is read before the application is called. It is what a responder takes at once.
constexpr std::size_t kReadAhead = 256 * 1024;

}  // namespace

void Deferred::wait(Exchange::Phase phase) {
    if (!exchange_.is_deferred()) {
        abandon();
        has_ended_ = false;
        failure_.clear();
    }
    wants_continue_ = false;
    exchange_.enter(phase, this);
}

void Deferred::wait_for_body(BodyRoom::Duration patience) {
    wait(Exchange::Phase::kBodyAwaited);
    patience_ = patience;
    wants_continue_ = exchange_.client->is_body_held_back();
}

void Deferred::leave() {
    if (exchange_.is_deferred()) {
        return;
    }
    // An ErrorDocument gets no body: it was for whoever has failed.
    if (exchange_.responder != nullptr && exchange_.request().has_body()) {
        hand_over(*exchange_.responder);
    } else {
        abandon();
    }
}

void Deferred::go_on() {
    leave();
    exchange_.client->pump();
}

void Deferred::hand_over(Responder& responder) {
    if (!body_.is_empty()) {
        responder.add_body(body_.bytes());
    }
    if (!failure_.empty()) {
        responder.fail_body(failure_);
    } else if (has_ended_) {
        responder.end_body();
    }
    abandon();
}

void Deferred::add_body(base::Bytes bytes) { body_.append(bytes); }

bool Deferred::has_enough() const {
    return has_ended_ || !failure_.empty() || body_.size() >= kReadAhead;
}

// Before it is known who answers, no more than what everybody may have.
bool Deferred::has_room() {
    return body_.size() < kBodyByRight ||
           (exchange_.phase == Exchange::Phase::kBodyAwaited && takes_place());
}

bool Deferred::take_continue_wish() {
    return wants_continue_ && takes_place() && std::exchange(wants_continue_, false);
}

bool Deferred::takes_place() {
    const std::uint64_t length = exchange_.request().content_length.value_or(kReadAhead);
    const auto whole = static_cast<std::size_t>(std::min<std::uint64_t>(length, kReadAhead));
    return whole <= kBodyByRight || room_.take(
                                        place_,
                                        {.host = exchange_.known.host,
                                         .address = exchange_.client->remote_addr(),
                                         .came = body_.size(),
                                         .whole = whole},
                                        patience_
                                    );
}

// The connection looks again whether it may receive, and what the client is to be told.
void Deferred::on_room() { exchange_.client->pump(); }

// It may come again (Retry-After): that there is no room is not its fault. That it is too slow is
// for RequestReadTimeout to say.
void Deferred::on_no_room() {
    abandon();
    exchange_.client->answer_with_page({.status = 503});
}

// Whoever finds out comes back, and sees that the client has gone.
void Deferred::abandon() {
    body_.clear();
    body_.shrink(kKeptBodyBytes);
    place_.leave();
}

}  // namespace server
