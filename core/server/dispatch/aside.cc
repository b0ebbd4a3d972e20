#include "core/server/dispatch/aside.h"

#include <utility>

#include "core/server/dispatch/exchange_table.h"

namespace server {

Aside::Aside(
    const LoopParts& parts, const Served& served, std::shared_ptr<SideMappers> mappers, Tell tell
)
    : parts_(parts),
      mappers_(std::move(mappers)),
      tell_(std::move(tell)),
      costs_(served.hosts.size()),
      results_(std::make_shared<SideResults>(parts.loop)) {}

Aside::~Aside() { results_->close(); }

std::shared_ptr<SideJob> Aside::job_of(Slot& slot) {
    auto job = std::make_shared<SideJob>();
    job->mappers = mappers_;
    job->ticket = parts_.exchanges.renew(slot);
    job->parcel = slot.parcel;
    job->known = slot.known;
    job->wants_walk = slot.virtual_host().log_needs.walk;
    return job;
}

bool Aside::note(bool is_submitted, Slot& slot, std::shared_ptr<SideJob> job) {
    if (is_submitted) {
        slot.aside = job;
        const auto timeout = slot.virtual_host().timeout;
        waiting_.add(parts_.loop.now() + timeout, std::move(job));
        if (!timer_.is_set()) {
            parts_.loop.set(timer_, kLookAtTimeoutsEvery);
        }
    }
    return is_submitted;
}

bool Aside::compute(Slot& slot) {
    auto job = job_of(slot);
    const bool is_submitted = parts_.side_mapper.compute(job, results_);
    return note(is_submitted, slot, std::move(job));
}

bool Aside::wait(Slot& slot, const std::string& mounted_at) {
    auto job = job_of(slot);
    const bool is_submitted = parts_.side_mapper.wait(job, mounted_at, results_);
    return note(is_submitted, slot, std::move(job));
}

void Aside::take() {
    results_->take(taken_);
    for (const auto& job : taken_) {
        Slot* const slot = parts_.exchanges.find(job->ticket);
        if (!job->is_dropped.exchange(true) && slot != nullptr) {
            costs_.charge(job->known.host, job->cost, parts_.loop.now());
            tell_.mapped(*slot);
        }
    }
    taken_.clear();
}

void Aside::on_due() {
    for (const auto& job : waiting_.take_due(parts_.loop.now())) {
        Slot* const slot = parts_.exchanges.find(job->ticket);
        if (!job->is_dropped.exchange(true) && slot != nullptr) {
            tell_.not_mapped(*slot);
        }
    }
    if (!waiting_.is_empty()) {
        parts_.loop.set(timer_, kLookAtTimeoutsEvery);
    }
}

}  // namespace server
