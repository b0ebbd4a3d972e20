#include "core/server/supervisor/kept/listener_watch.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/system/log.h"

namespace server {
namespace {

// Who has a copy may listen with it again, beside us: the kernel lets sockets of one user share a
// port (SO_REUSEPORT), and it is told that this one is of another. Nobody who is not root may say
// so; whose processes all have one user have no secrets from each other.
void disown(int socket) {
    constexpr uid_t kNobody = 65534;
    [[maybe_unused]] const int done = ::fchown(socket, kNobody, static_cast<gid_t>(-1));
}

std::string what_it_has_done(std::string_view difference) {
    return difference == ListenerState::kListening
               ? "has shut down the listening socket"
               : "has changed " + std::string(difference) + " of the listening socket";
}

}  // namespace

// Closing ends one only with its last copy.
template <class Which>
void ListenerWatch::end_those(Which&& which) {
    std::erase_if(retired_, [&which](const Retired& retired) {
        const bool ends = which(retired);
        if (ends) {
            ::shutdown(retired.socket.get(), SHUT_RDWR);
        }
        return ends;
    });
}

std::vector<std::size_t> ListenerWatch::proceed(Clock::time_point now) {
    end_those([now](const Retired& retired) { return retired.until <= now; });
    std::vector<std::size_t> replaced;
    if (!is_asked_ || now < not_before_) {
        return replaced;
    }
    is_asked_ = false;
    not_before_ = now + kLookEvery;
    bool has_failed = false;
    for (std::size_t i = 0; i < endpoints_.sockets.size(); ++i) {
        const std::string_view difference =
            endpoints_.endpoints[i].state.difference(ListenerState::of(endpoints_.endpoints[i].fd));
        if (difference.empty()) {
            continue;
        }
        if (replace(i, now)) {
            replaced.push_back(i);
            base::main_log().error(
                "something in a server process {}, port {}; a new one takes its place",
                what_it_has_done(difference),
                endpoints_.endpoints[i].port
            );
        } else {
            has_failed = true;
        }
    }
    if (has_failed) {
        is_asked_ = true;
        not_before_ = now + kTryEvery;
    }
    has_failed_ = has_failed;
    return replaced;
}

bool ListenerWatch::replace(std::size_t index, Clock::time_point now) {
    Endpoint& endpoint = endpoints_.endpoints[index];
    // There are never more than two, of which the second is new: see Endpoints::bind_beside().
    end_those([index](const Retired& retired) { return retired.endpoint == index; });
    auto renewed = endpoints_.bind_beside(index);
    if (!renewed) {
        if (!has_failed_) {
            base::main_log().error(
                "something in a server process {}, port {}, and there is no new one: {}; it is "
                "tried again",
                what_it_has_done(endpoint.state.difference(ListenerState::of(endpoint.fd))),
                endpoint.port,
                renewed.error().what
            );
        }
        return false;
    }
    base::Fd before = std::exchange(endpoints_.sockets[index], std::move(*renewed));
    disown(before.get());
    retired_.push_back({index, std::move(endpoint.state), std::move(before), now + kRetiredFor});
    endpoint.fd = endpoints_.sockets[index].get();
    endpoint.state = ListenerState::of(endpoint.fd);
    return true;
}

std::optional<ListenerWatch::Clock::time_point> ListenerWatch::next() const {
    std::optional<Clock::time_point> next;
    if (!retired_.empty()) {
        next = retired_.front().until;
    }
    if (is_asked_) {
        next = next ? std::min(*next, not_before_) : not_before_;
    }
    return next;
}

void ListenerWatch::end() {
    end_those([](const Retired&) { return true; });
}

}  // namespace server
