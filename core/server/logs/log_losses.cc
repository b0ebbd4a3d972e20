#include "core/server/logs/log_losses.h"

#include <fmt/format.h>

#include <utility>

namespace server {

void LogLosses::note(std::uint64_t lost, std::string why) {
    if (lost == 0) {
        is_over_ = lost_ != 0;
        return;
    }
    is_new_ |= lost_ == 0;
    is_over_ = false;
    lost_ += lost;
    why_ = std::move(why);
}

std::string LogLosses::take_news(std::string_view path) {
    if (std::exchange(is_over_, false)) {
        is_new_ = false;
        return fmt::format(
            "{} lines did not go into the log {}: {}", std::exchange(lost_, 0), path, why_
        );
    }
    if (std::exchange(is_new_, false)) {
        return fmt::format(
            "the log {} takes no lines: {}; they are counted until it does", path, why_
        );
    }
    return {};
}

}  // namespace server
