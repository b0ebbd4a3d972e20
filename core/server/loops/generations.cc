#include "core/server/loops/generations.h"

#include <algorithm>
#include <utility>

namespace server {

Generations::Generations(
    LoopGeneration::Host& host, const LoopParts& parts, std::shared_ptr<const Served> served
)
    : host_(host), parts_(parts) {
    adopt(std::move(served));
}

Generations::~Generations() { newest_.reset(); }

void Generations::adopt(std::shared_ptr<const Served> served) {
    all_.push_back(std::make_unique<LoopGeneration>(host_, parts_, std::move(served)));
    newest_ = Generation::Hold(newest());
    if (mounts_ != nullptr) {
        newest().dispatcher().inquiry().do_not_wait_for(mounts_);
    }
}

LoopGeneration* Generations::find(const Served& served) const {
    const auto found = std::ranges::find_if(all_, [&served](const auto& generation) {
        return &generation->served() == &served;
    });
    return found == all_.end() ? nullptr : found->get();
}

void Generations::do_not_wait_for(const MountWatch::Mounts& mounts) {
    mounts_ = mounts;
    for (const auto& generation : all_) {
        generation->dispatcher().inquiry().do_not_wait_for(mounts);
    }
}

void Generations::take_news() {
    for (const auto& generation : all_) {
        generation->dispatcher().inquiry().take_news();
    }
}

void Generations::flush_links() {
    for (const auto& generation : all_) {
        generation->groups().flush();
    }
}

void Generations::flush_logs() {
    for (const auto& generation : all_) {
        generation->log().flush();
    }
}

void Generations::bury() {
    if (all_.size() == 1) {
        return;
    }
    // First all of them: a link that closes may come back here, to close_links().
    for (std::size_t i = 0; i + 1 < all_.size(); ++i) {
        all_[i]->end_unless_held();
    }
    std::erase_if(all_, [](const auto& generation) { return generation->is_over(); });
}

bool Generations::close_links() {
    bool all = true;
    for (const auto& generation : all_) {
        all = generation->groups().close_all() && all;
    }
    return all;
}

void Generations::flush_all_logs() {
    for (const auto& generation : all_) {
        generation->log().flush_all();
    }
}

}  // namespace server
