#include "core/server/process/loss_watch.h"

namespace server {

void LossWatch::on_ready() {
    if (has_loss_) {
        has_loss_ = !pipe_.tell_losses();
        return;
    }
    loss_->quiet();
    has_loss_ = true;
}

}  // namespace server
