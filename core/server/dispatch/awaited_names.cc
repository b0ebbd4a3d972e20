#include "core/server/dispatch/awaited_names.h"

#include <chrono>
#include <utility>

#include "core/server/dispatch/exchange_table.h"
#include "core/server/served/served.h"

namespace server {

AwaitedNames::AwaitedNames(const LoopParts& parts, Tell tell)
    : parts_(parts), tell_(std::move(tell)), found_(std::make_shared<FoundNames>(parts.loop)) {}

AwaitedNames::~AwaitedNames() { found_->close(); }

bool AwaitedNames::look_up(Slot& slot) {
    auto question = std::make_shared<NameQuestion>();
    question->address = slot.facts().remote_addr;
    question->host = slot.known.host;
    question->ticket = parts_.exchanges.renew(slot);
    question->found = found_;
    if (!parts_.names.look_up(question)) {
        return false;
    }
    slot.name = question;
    waiting_.add(parts_.loop.now() + slot.virtual_host().timeout, std::move(question));
    if (!timer_.is_set()) {
        parts_.loop.set(timer_, kLookAtTimeoutsEvery);
    }
    return true;
}

void AwaitedNames::take() {
    found_->take(taken_);
    for (const auto& question : taken_) {
        Slot* const slot = parts_.exchanges.find(question->ticket);
        if (!question->is_dropped.exchange(true) && slot != nullptr) {
            tell_(*slot, question->name, question->name ? End::kAnswered : End::kFailed);
        }
    }
    taken_.clear();
}

void AwaitedNames::on_due() {
    for (const auto& question : waiting_.take_due(parts_.loop.now())) {
        Slot* const slot = parts_.exchanges.find(question->ticket);
        if (!question->is_dropped.exchange(true) && slot != nullptr) {
            tell_(*slot, std::nullopt, End::kLate);
        }
    }
    if (!waiting_.is_empty()) {
        parts_.loop.set(timer_, kLookAtTimeoutsEvery);
    }
}

}  // namespace server
