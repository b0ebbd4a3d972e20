#include "core/server/supervisor/linker.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/system/log.h"
#include "ipc/wire.h"

namespace server {

void Linker::want(Child& child) {
    for (Child& other : children_) {
        if (other.process.control.is_open() && other.is_server() != child.is_server()) {
            wanted_.push_back(child.is_server() ? Pair{&child, &other} : Pair{&other, &child});
        }
    }
}

void Linker::forget(const Child& child) {
    std::erase_if(wanted_, [&child](const Pair& pair) {
        return pair.server == &child || pair.daemon == &child;
    });
}

void Linker::proceed(Clock::time_point now) {
    if (wanted_.empty()) {
        return;
    }
    const auto error = make_what_can_be();
    if (error) {
        refuse_what_is_missing();
        if (!std::exchange(has_failed_, true)) {  // once: they come in crowds
            base::main_log().error(
                "{} links between server processes and daemon processes cannot be made now: {}; "
                "that is tried again until they can",
                wanted_.size(),
                error->what
            );
        }
    }
    has_failed_ = has_failed_ && !wanted_.empty();
    retry_at_ = now + kRetry;
}

// Why it ended before all were tried, if it did.
std::optional<base::Error> Linker::make_what_can_be() {
    // Those that do not take now what has been sent to them.
    std::vector<const Child*> full;
    const auto has_room = [&](Child& child) {
        const bool has = std::ranges::find(full, &child) == full.end() && maker_.flush(child);
        if (!has) {
            full.push_back(&child);
        }
        return has;
    };
    std::optional<base::Error> error;
    std::vector<Pair> left;
    for (const Pair& pair : wanted_) {
        if (!pair.server->process.control.is_open() || !pair.daemon->process.control.is_open()) {
            continue;
        }
        if (error || !has_room(*pair.server) || !has_room(*pair.daemon)) {
            left.push_back(pair);
            continue;
        }
        if (auto made = maker_.connect(*pair.server, *pair.daemon); !made) {
            error = std::move(made.error());
            left.push_back(pair);
            continue;
        }
        maker_.flush(*pair.server);
        maker_.flush(*pair.daemon);
    }
    wanted_ = std::move(left);
    return error;
}

std::optional<Linker::Clock::time_point> Linker::next() const {
    return wanted_.empty() ? std::nullopt : std::optional(retry_at_);
}

// Its requests would wait for who knows how long.
void Linker::refuse_what_is_missing() {
    for (Pair& pair : wanted_) {
        if (pair.is_refused || has_link_to_group(pair)) {
            continue;
        }
        pair.is_refused = true;
        std::string payload;
        ipc::WireWriter(payload).number(pair.daemon->group->index);
        pair.server->process.control.outbox().frame(ipc::FrameType::kGroupDown, 0, 0, payload);
    }
}

bool Linker::has_link_to_group(const Pair& pair) const {
    return std::ranges::any_of(children_, [&](const Child& other) {
        return other.group == pair.daemon->group && other.process.control.is_open() &&
               std::ranges::none_of(wanted_, [&](const Pair& wanted) {
                   return wanted.server == pair.server && wanted.daemon == &other;
               });
    });
}

}  // namespace server
