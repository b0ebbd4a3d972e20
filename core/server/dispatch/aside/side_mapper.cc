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

base::Lanes::Work work_on(
    std::shared_ptr<SideJob> job, const std::shared_ptr<SideResults>& results
) {
    return [job = std::move(job), results] {
        if (!job->is_dropped.load(std::memory_order_relaxed)) {
            job->mappers->map(*job);
            results->push(job);
        }
    };
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
    std::shared_ptr<SideJob> job, const std::shared_ptr<SideResults>& results
) {
    const std::string lane = fmt::format("{}", job->known.host);
    return computing_.submit(lane, work_on(std::move(job), results));
}

bool SideMapper::wait(
    std::shared_ptr<SideJob> job,
    const std::string& mounted_at,
    const std::shared_ptr<SideResults>& results
) {
    job->may_wait = true;
    const std::string lane = mounted_at.empty() ? fmt::format("{}", job->known.host) : mounted_at;
    return waiting_.submit(lane, work_on(std::move(job), results));
}

}  // namespace server
