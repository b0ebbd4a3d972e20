#include "core/site/sections/htaccess.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "core/base/system/fd.h"
#include "core/site/names/file_look.h"

namespace site {
namespace {

// Longer sentences would quote half of the file into the log.
constexpr std::size_t kProblemBytesMax = 1024;

std::int64_t nanoseconds(const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

std::int64_t now_by_files() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return nanoseconds(now);
}

std::string path_of(std::string_view directory, const std::string& name) {
    return fmt::format("{}/{}", directory, name);
}

// Why a link is not followed.
std::string_view problem_of_link(const LinkRule& rule) {
    return rule.owner_decides
               ? "a symbolic link to another user's file; Options SymLinksIfOwnerMatch of its "
                 "directory forbids that"
               : "a symbolic link, which Options FollowSymLinks of its directory would permit";
}

bool may_follow(const LinkRule& rule) { return rule.follows_all() || rule.owner_decides; }

}  // namespace

HtaccessCache::Answer HtaccessCache::find(const Question& question) {
    if (question.allowed.classes == config::override_class::kNone &&
        question.allowed_list.empty()) {
        return {};
    }
    std::string_view directory = question.directory;
    while (directory.ends_with('/')) {  // "/" is "" here
        directory.remove_suffix(1);
    }
    const auto links = LinkRule::of(
        question.options,
        question.looks_from,
        1 + static_cast<std::size_t>(std::ranges::count(directory, '/'))  // the file itself
    );
    auto found = by_directory_.find(directory);
    if (found == by_directory_.end()) {
        found = by_directory_.try_emplace(std::string(directory)).first;
    }
    for (const auto& entry : found->second) {
        if (entry->allowed == question.allowed && entry->links == links &&
            entry->names == question.names && entry->allowed_list == question.allowed_list) {
            if (!is_fresh(*entry)) {
                look(*entry);
            }
            return {entry->id, entry->file.get()};
        }
    }
    auto& entry = *found->second.emplace_back(std::make_unique<Entry>());
    entry.directory = found->first;
    entry.names = question.names;
    entry.allowed = question.allowed;
    entry.allowed_list = question.allowed_list;
    entry.links = links;
    entry.host = question.host;
    entry.used_in_turn = turn_;
    look(entry);
    return {entry.id, entry.file.get()};
}

bool HtaccessCache::holds(Id id) {
    const auto found = by_id_.find(id);
    return found != by_id_.end() && is_fresh(*found->second);
}

bool HtaccessCache::is_fresh(Entry& entry) {
    const bool is_unsure = !entry.is_watched && entry.used_in_turn != turn_;
    entry.used_in_turn = turn_;
    if (!entry.is_stale && (entry.is_doubtful || is_unsure)) {
        entry.is_stale = !confirm(entry);
    }
    return !entry.is_stale;
}

bool HtaccessCache::refresh() {
    ++turn_;
    changed_.clear();
    const bool is_complete = watch_.read_changes(changed_);
    bool has_changed = unwatched_ > 0 || !is_complete;
    for (; is_full(); has_changed = true) {
        forget_half_of(heaviest_host());
    }
    // Of a file that has been read, nobody has kept an answer.
    has_changed = take_read() || has_changed;
    for (const auto id : changed_) {
        const auto found = by_id_.find(id);
        if (found != by_id_.end() && !found->second->is_stale) {
            found->second->is_stale = true;
            has_changed = true;
        }
    }
    if (!is_complete) {
        // Somebody has changed more names than there is room for: all are looked at again when they
        // are asked for, which others notice less than if all had to be watched anew at once.
        for (const auto& [id, entry] : by_id_) {
            entry->is_doubtful = true;
        }
    }
    version_ += has_changed ? 1 : 0;
    return has_changed;
}

// Watches first and looks then: a change in between is an event. What was watched before is let go
// last, because the first watch of a large directory takes the kernel milliseconds.
void HtaccessCache::look(Entry& entry) {
    const auto old_id = std::exchange(entry.id, next_id_++);
    by_id_.erase(old_id);
    by_id_[entry.id] = &entry;
    entry.is_stale = entry.is_doubtful = false;
    unwatched_ -= entry.is_watched ? 0 : 1;
    bytes_ -= entry.bytes;
    entry.bytes = 0;
    entry.file = nullptr;
    entry.is_watched = true;
    entry.states.clear();
    entry.looked_at = now_by_files();
    const bool follows = may_follow(entry.links);
    for (const auto& name : entry.names) {
        const auto path = path_of(entry.directory, name);
        struct stat about {};
        if (WithoutWaiting::is_asked_for() && site::look_at(path, about, follows) == EAGAIN) {
            entry.is_stale = true;  // whoever may wait looks into a cache of his own
            break;
        }
        entry.is_watched = watch_.watch(path, follows, entry.id) && entry.is_watched;
        entry.states.push_back(state_of(entry, path));
        if (look_at(entry, path)) {
            break;
        }
    }
    watch_.forget(old_id);
    if (!entry.is_watched) {
        watch_.forget(entry.id);
    }
    unwatched_ += entry.is_watched ? 0 : 1;
    bytes_ += entry.bytes;
}

// False when there is no such file.
bool HtaccessCache::look_at(Entry& entry, const std::string& path) {
    auto [file, error] = open_file(path, entry.links);
    if (file.is_open()) {
        read(entry, path, base::TenantFile(std::move(file)));
        return true;
    }
    if (error == ENOENT || error == ENOTDIR) {
        return false;
    }
    if (error == EMFILE || error == ENFILE || error == ENOMEM || error == EIO) {
        entry.is_watched = false;  // no event will say that it is over
    }
    const std::string_view why = error == ELOOP && !entry.links.follows_all()
                                     ? problem_of_link(entry.links)
                                     : std::strerror(error);
    entry.file = std::make_unique<const Htaccess>(Htaccess{
        path, nullptr, fmt::format("{}: cannot be read: {}", path, why), false});
    return true;
}

void HtaccessCache::read(Entry& entry, const std::string& path, base::TenantFile file) {
    const auto refuse = [&](std::string_view why) {
        entry.file = std::make_unique<const Htaccess>(Htaccess{
            path, nullptr, fmt::format("{}: cannot be read: {}", path, why), false});
    };
    struct stat about {};
    if (::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
        refuse("not a regular file");
        return;
    }
    if (about.st_size > static_cast<off_t>(kFileBytesMax)) {
        refuse("larger than 1 MiB");
        return;
    }
    HtaccessReader::Job job{
        entry.id, entry.host, std::move(file), path, entry.allowed, entry.allowed_list};
    using Place = HtaccessReader::Place;
    const auto place = reader_.has_threads() ? reader_.submit(job) : Place::kNone;
    // Whoever serves others waits in yet another thread then, or as long as the host's other files
    // take.
    const bool gives_up =
        place == Place::kNone && reader_.has_threads() && WithoutWaiting::give_up();
    if (place == Place::kNone && !gives_up) {
        take_in(entry, path, reader_.read(job));
        return;
    }
    entry.file = std::make_unique<const Htaccess>(Htaccess{
        path, nullptr, path + ": is being read", true, true});
    entry.is_stale = place != Place::kTaken;  // then somebody asks once more
}

void HtaccessCache::take_in(Entry& entry, const std::string& path, HtaccessReader::Read result) {
    entry.bytes = result.bytes;
    Htaccess file{path, nullptr, {}};
    file.bytes = result.bytes;
    if (result.config) {
        file.config = std::make_shared<const config::Config>(*std::move(result.config));
    } else {
        file.problem = std::move(result.config).error().what;
        file.problem.resize(std::min(file.problem.size(), kProblemBytesMax));
        file.is_readable = result.is_readable;
    }
    entry.file = std::make_unique<const Htaccess>(std::move(file));
}

bool HtaccessCache::take_read() {
    if (!reader_.has_read()) {
        return false;
    }
    for (auto& result : reader_.take()) {
        // One that has changed or been forgotten meanwhile has another number, or none.
        if (const auto found = by_id_.find(result.id); found != by_id_.end()) {
            auto& entry = *found->second;
            if (result.is_put_off) {
                entry.is_stale = true;
                continue;
            }
            const std::string path = entry.file->path;
            take_in(entry, path, std::move(result));
            entry.answered_at = now_by_files();
            bytes_ += entry.bytes;
        }
    }
    return true;
}

// --- Where nobody tells of changes

HtaccessCache::State HtaccessCache::state_of(const Entry& entry, const std::string& path) {
    struct stat about {};
    if (const int error = site::look_at(path, about, may_follow(entry.links)); error != 0) {
        return {.error = error};
    }
    return {
        0,
        about.st_dev,
        about.st_ino,
        about.st_size,
        nanoseconds(about.st_mtim),
        nanoseconds(about.st_ctim)};
}

// Within a tick of the file system's clock, a second change looks like the first: what has changed
// a moment ago is read again. Where threads read, whoever asks is told what has just been read: if
// each question had it read once more, nobody would get an answer.
bool HtaccessCache::is_current(const Entry& entry, std::int64_t now) const {
    constexpr std::int64_t kTick = 2'000'000'000;
    constexpr std::int64_t kKeptWithinTick = 100'000'000;
    const bool is_there = entry.states.back().error == 0;
    if (is_there && entry.file != nullptr && !entry.file->is_readable) {
        return false;  // for a reason that may have gone without a trace
    }
    const bool is_just_read =
        !entry.is_watched && reader_.has_threads() && entry.file != nullptr &&
        (entry.file->is_being_read || now - entry.answered_at < kKeptWithinTick);
    for (std::size_t i = 0; i < entry.states.size(); ++i) {
        const auto& state = entry.states[i];
        const bool is_settled = state.error != 0 || state.changed + kTick <= entry.looked_at;
        if (state_of(entry, path_of(entry.directory, entry.names[i])) != state ||
            (!is_settled && !is_just_read)) {
            return false;
        }
    }
    return true;
}

// Nothing seems to be another file, or in another place.
bool HtaccessCache::confirm(Entry& entry) {
    constexpr std::int64_t kTrustedFor = 60'000'000'000;
    const auto now = now_by_files();
    if (!entry.is_watched && entry.looked_at + kTrustedFor < now) {
        return false;  // maybe it can be watched now
    }
    if (std::exchange(entry.is_doubtful, false) && entry.is_watched) {
        // What was watched may lie elsewhere now.
        watch_.forget(entry.id);
        for (std::size_t i = 0; i < entry.states.size(); ++i) {
            const auto path = path_of(entry.directory, entry.names[i]);
            struct stat about {};
            const bool follows = may_follow(entry.links);
            if ((WithoutWaiting::is_asked_for() && site::look_at(path, about, follows) == EAGAIN) ||
                !watch_.watch(path, follows, entry.id)) {
                return false;
            }
        }
    }
    return is_current(entry, now);
}

// --- Bounds

bool HtaccessCache::is_full() const {
    return by_id_.size() > kDirectoriesMax || watch_.count() > kWatchesMax || bytes_ > kBytesMax;
}

// Who has many directories or large files takes the room of his own, and not of what others use.
std::uint32_t HtaccessCache::heaviest_host() const {
    constexpr std::size_t kBytesOfOne = kBytesMax / kDirectoriesMax;
    std::unordered_map<std::uint32_t, std::size_t> weights;
    for (const auto& [id, entry] : by_id_) {
        weights[entry->host] += kBytesOfOne + entry->bytes;
    }
    using Weight = std::pair<const std::uint32_t, std::size_t>;
    return std::ranges::max_element(weights, {}, &Weight::second)->first;
}

// What nobody has asked for lately.
void HtaccessCache::forget_half_of(std::uint32_t host) {
    std::vector<std::uint64_t> turns;
    for (const auto& [id, entry] : by_id_) {
        if (entry->host == host) {
            turns.push_back(entry->used_in_turn);
        }
    }
    const auto middle = turns.begin() + static_cast<std::ptrdiff_t>(turns.size() / 2);
    std::ranges::nth_element(turns, middle);
    const auto kept_from = std::ranges::max(turns) == *middle ? UINT64_MAX : *middle + 1;
    for (auto found = by_directory_.begin(); found != by_directory_.end();) {
        std::erase_if(found->second, [&](const std::unique_ptr<Entry>& entry) {
            if (entry->host != host || entry->used_in_turn >= kept_from) {
                return false;
            }
            drop(*entry);
            return true;
        });
        found = found->second.empty() ? by_directory_.erase(found) : std::next(found);
    }
}

void HtaccessCache::drop(const Entry& entry) {
    watch_.forget(entry.id);
    by_id_.erase(entry.id);
    unwatched_ -= entry.is_watched ? 0 : 1;
    bytes_ -= entry.bytes;
}

void HtaccessCache::forget_all() {
    watch_.forget_all();
    by_id_.clear();
    by_directory_.clear();
    unwatched_ = 0;
    bytes_ = 0;
    ++version_;
}

}  // namespace site
