#include "core/server/client/listening/listening_socket.h"

#include <sys/socket.h>

#include <utility>

namespace server {

ListeningSocket::ListeningSocket(base::Fd descriptor, ListenerState made_as)
    : descriptor_(std::move(descriptor)),
      identity_(base::FileIdentity::of(descriptor_.get())),
      made_as_(std::move(made_as)) {}

bool ListeningSocket::is_ours() const {
    return base::FileIdentity::of(descriptor_.get()) == identity_;
}

bool ListeningSocket::is_spoilt() const {
    return !made_as_.difference(ListenerState::of(descriptor_.get())).empty();
}

void ListeningSocket::close(bool for_all) {
    if (!is_ours()) {
        static_cast<void>(descriptor_.release());
        return;
    }
    if (for_all) {
        // Closing ends it only with the last copy, and one may be in a process that an application
        // has forked.
        ::shutdown(descriptor_.get(), SHUT_RDWR);
    }
    descriptor_.reset();
}

}  // namespace server
