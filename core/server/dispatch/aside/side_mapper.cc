#include "core/server/dispatch/aside/side_mapper.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/foreign/file_systems.h"
#include "core/server/answer/exchange.h"
#include "core/server/answer/header_view.h"

namespace server {
namespace {

site::RequestView question_of(const SideJob& job, const HeaderView& headers) {
    auto question = server::question_of(job.parcel, job.known, headers);
    question.is_measured = true;
    return question;
}

}  // namespace

void SideMappers::Spare::refresh(bool may_wait) {
    auto wanted = may_wait ? nullptr : base::current_mount_table();
    if (wanted != mounts) {
        mounts = std::move(wanted);
        mapper.do_not_wait_for(mounts);
    }
    mapper.serve_others(!may_wait);
    mapper.refresh();
}

std::unique_ptr<SideMappers::Spare> SideMappers::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!spares_.empty()) {
            auto spare = std::move(spares_.back());
            spares_.pop_back();
            return spare;
        }
    }
    return std::make_unique<Spare>(*site_);
}

void SideMappers::map(SideJob& job) {
    auto spare = take();
    spare->refresh(job.may_wait);
    site::Mapper& mapper = spare->mapper;
    const HeaderView headers(job.parcel.request.headers);
    job.outcome = mapper.map(question_of(job, headers), job.parcel.route);
    job.cost = mapper.cost();
    if (job.wants_walk) {
        job.walk = std::make_unique<site::Walk>(mapper.walk());
        job.walk->request = nullptr;
        job.walk->vary = nullptr;
    }
    if (job.outcome.kind == site::Outcome::Kind::kFile) {
        job.file = open_regular(job.outcome.file, job.outcome.links);
        job.file->is_slow = base::slow_mount_of(job.file->fd.get()).has_value();
    }
    const std::lock_guard lock(mutex_);
    spares_.push_back(std::move(spare));
}

void SideResults::push(std::shared_ptr<SideJob> job) {
    const std::lock_guard lock(mutex_);
    filled_.push_back(std::move(job));
    is_filled_.store(true, std::memory_order_release);
    if (loop_ != nullptr) {
        loop_->wake();
    }
}

void SideResults::take(Jobs& taken) {
    if (!is_filled_.load(std::memory_order_acquire)) {
        return;
    }
    const std::lock_guard lock(mutex_);
    std::swap(taken, filled_);
    is_filled_.store(false, std::memory_order_relaxed);
}

void SideResults::close() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
}

SideQueue::SideQueue(std::size_t most, std::size_t threads, std::size_t threads_per_lane, int nice)
    : shares_(most),
      lanes_({
          .threads = threads,
          .threads_per_lane = threads_per_lane,
          .waiting_per_lane = most / 2,
          .waiting = 2 * most,  // others' than requests, too
          .nice = nice,
      }) {}

bool SideQueue::enter(SideJob& job) {
    const std::lock_guard lock(mutex_);
    SenderShares::Sender& sender = shares_.enter(job.known.host, job.parcel.facts.remote_addr);
    if (!shares_.has_room_for(sender, 1)) {
        shares_.leave(sender);
        return false;
    }
    shares_.add(sender, 1);
    job.sender = &sender;
    return true;
}

void SideQueue::leave(SideJob& job) {
    const std::lock_guard lock(mutex_);
    shares_.remove(*job.sender, 1);
    shares_.leave(*job.sender);
}

bool SideQueue::submit(
    std::string_view lane,
    const std::shared_ptr<SideJob>& job,
    const std::shared_ptr<SideResults>& results
) {
    if (!enter(*job)) {
        return false;
    }
    const auto work = [this, job, results] {
        if (!job->is_dropped.load(std::memory_order_relaxed)) {
            job->mappers->map(*job);
            results->push(job);
        }
        leave(*job);
    };
    const bool is_taken = lanes_.submit(lane, work, job->sender->network);
    if (!is_taken) {
        leave(*job);
    }
    return is_taken;
}

std::shared_ptr<SideMappers> SideMapper::mappers_of(std::shared_ptr<const site::Site> site) {
    const std::lock_guard lock(mutex_);
    std::erase_if(mappers_, [](const auto& known) { return known.second.expired(); });
    std::weak_ptr<SideMappers>& known = mappers_[site.get()];
    auto mappers = known.lock();
    if (mappers == nullptr) {
        mappers = std::make_shared<SideMappers>(std::move(site));
        known = mappers;
    }
    return mappers;
}

bool SideMapper::compute(
    const std::shared_ptr<SideJob>& job, const std::shared_ptr<SideResults>& results
) {
    const std::string lane = fmt::format("{}", job->known.host);
    return computing_.submit(lane, job, results);
}

bool SideMapper::wait(
    const std::shared_ptr<SideJob>& job,
    const std::string& mounted_at,
    const std::shared_ptr<SideResults>& results
) {
    job->may_wait = true;
    const std::string lane = mounted_at.empty() ? fmt::format("{}", job->known.host) : mounted_at;
    return waiting_.submit(lane, job, results);
}

}  // namespace server
