// Tells of lines that a process could not log, as soon as there is room, also where nothing else is
// said. A pollfd of its main thread.
#pragma once

#include <poll.h>

#include "core/base/system/log_pipe.h"

namespace server {

class LossWatch {
public:
    // `pipe` outlives it.
    explicit LossWatch(const base::LogPipe& pipe) : pipe_(pipe), loss_(pipe.watch_losses()) {}

    // What poll(2) is to wait for: a loss, or then room to tell of it.
    [[nodiscard]] pollfd wanted() const {
        return has_loss_ ? pollfd{pipe_.fd(), POLLOUT, 0}
                         : pollfd{loss_ ? loss_->fd() : -1, POLLIN, 0};
    }
    void on_ready();
    [[nodiscard]] const base::Bell* bell() const { return loss_; }

private:
    const base::LogPipe& pipe_;
    const base::Bell* const loss_;  // null: there is none
    bool has_loss_ = false;
};

}  // namespace server
