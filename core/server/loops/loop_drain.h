// LoopDrain: the end of an event loop. From its beginning on nobody new is let in, what runs there
// goes on to its end, and the log says now and then what is waited for. Once nobody is left the
// links close, and when they have, the loop stops. A part of its LoopThread. Loop thread only.
//
//     serves ─ begin() ─→ drains ─ nobody is left ─→ links close ─→ Loop::stop()
#pragma once

#include "core/loop/loop.h"
#include "core/server/client/connection_list.h"
#include "core/server/client/listening/acceptors.h"
#include "core/server/dispatch/aside/mount_watch.h"
#include "core/server/loops/service.h"

namespace server {

class LoopDrain {
public:
    // What has to end, of the same loop thread. All of them outlive it.
    struct Parts {
        loop::Loop& loop;
        Service& service;
        MountWatch& mounts;
        ConnectionList& connections;
        Acceptors& acceptors;
    };

    explicit LoopDrain(const Parts& parts) : parts_(parts) {}

    void begin();
    [[nodiscard]] bool has_begun() const { return has_begun_; }
    // Behind whatever may have been the last of it: at the end of a turn, or of a link.
    void look();

private:
    [[nodiscard]] bool is_anybody_left() const;
    void tell();

    const Parts parts_;
    bool has_begun_ = false;
    loop::TimerFor<&LoopDrain::tell> tell_{*this};
};

}  // namespace server
