#include "core/server/process/loss_watch.h"

#include <sys/eventfd.h>

namespace server {

void LossWatch::on_ready() {
    if (has_loss_) {
        has_loss_ = !pipe_.tell_losses();
        return;
    }
    eventfd_t times = 0;
    ::eventfd_read(loss_, &times);
    has_loss_ = true;
}

}  // namespace server
