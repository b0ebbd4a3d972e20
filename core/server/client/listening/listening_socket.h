// ListeningSocket: an event loop's own descriptor of a listening socket, and what the socket was
// like when it was made. An application in this process may have closed it, and its number be
// another's, to whom nothing is done; and whoever has the socket may have changed it for everybody.
// Loop thread only.
#pragma once

#include "core/base/files/file_state.h"
#include "core/base/system/fd.h"
#include "core/server/client/listening/listener_state.h"

namespace server {

class ListeningSocket {
public:
    ListeningSocket(base::Fd descriptor, ListenerState made_as);

    [[nodiscard]] int get() const { return descriptor_.get(); }
    [[nodiscard]] bool is_open() const { return descriptor_.is_open(); }
    // The number still means this socket.
    [[nodiscard]] bool is_ours() const;
    // It is not any more what it was made as.
    [[nodiscard]] bool is_spoilt() const;
    // What a connection would have inherited if nobody had changed the socket.
    void give_options_to(int connection) const { made_as_.give_to(connection); }
    // `for_all`: nobody is to listen there any more, whoever has a copy.
    void close(bool for_all);

private:
    base::Fd descriptor_;
    const base::FileIdentity identity_;
    const ListenerState made_as_;
};

}  // namespace server
