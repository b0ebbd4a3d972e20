#include "core/site/sections/htaccess.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/foreign/file_systems.h"
#include "core/base/system/fd.h"
#include "core/site/names/file_look.h"

namespace site {
namespace {

// Longer sentences would quote half of the file into the log.
constexpr std::size_t kProblemBytesMax = 1024;

std::string path_of(std::string_view directory, const std::string& name) {
    return fmt::format("{}/{}", directory, name);
}

// Why a link is not followed.
std::string_view problem_of_link(const base::LinkRule& rule) {
    return rule.owner_decides
               ? "a symbolic link to another user's file; Options SymLinksIfOwnerMatch of its "
                 "directory forbids that"
               : "a symbolic link, which Options FollowSymLinks of its directory would permit";
}

bool may_follow(const base::LinkRule& rule) { return rule.follows_all() || rule.owner_decides; }

base::FileStamp stamp_of(const std::string& path, bool follows_last) {
    struct stat about {};
    const int error = site::look_at(path, about, follows_last);
    return base::FileStamp::of(error, about);
}

}  // namespace

HtaccessCache::Answer HtaccessCache::find(const HtaccessQuestion& question) {
    if (question.allowed.classes == config::override_class::kNone &&
        question.allowed_list.empty()) {
        return {};
    }
    auto& entry = entries_.ask(question);
    if (!is_fresh(entry)) {
        look(entry);
    }
    return {entry.id, entry.file.get()};
}

bool HtaccessCache::holds(Id id) {
    HtaccessEntry* const entry = entries_.find(id);
    return entry != nullptr && is_fresh(*entry);
}

bool HtaccessCache::is_fresh(HtaccessEntry& entry) {
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
    const std::uint64_t mounts = base::mount_changes();
    const bool has_same_mounts = std::exchange(mounts_, mounts) == mounts;
    bool has_changed = entries_.has_unwatched() || !is_complete || !has_same_mounts;
    for (; is_full(); has_changed = true) {
        for (const Id id : entries_.make_room()) {
            watch_.forget(id);
        }
    }
    // Of a file that has been read, nobody has kept an answer.
    has_changed = take_read() || has_changed;
    for (const auto id : changed_) {
        HtaccessEntry* const entry = entries_.find(id);
        if (entry != nullptr && !entry->is_stale) {
            entry->is_stale = true;
            has_changed = true;
        }
    }
    if (!is_complete || !has_same_mounts) {
        // Somebody has changed more names than there is room for, or has mounted something over
        // who knows which of them: all are looked at again when they are asked for, which others
        // notice less than if all had to be watched anew at once.
        entries_.doubt_all();
    }
    version_ += has_changed ? 1 : 0;
    return has_changed;
}

// Watches first and looks then: a change in between is an event. What was watched before is let go
// last, because the first watch of a large directory takes the kernel milliseconds.
void HtaccessCache::look(HtaccessEntry& entry) {
    const Id old_id = entries_.begin_look(entry);
    // Until all of it is known: where memory is short, this ends in between, and "no file" is not
    // what has been found.
    entry.is_stale = true;
    entry.is_doubtful = false;
    entry.file = nullptr;
    entry.stamps.clear();
    entry.looked_at = base::FileStamp::now();
    const bool follows = may_follow(entry.links);
    auto found = Found::kNothing;
    for (const auto& name : entry.names) {
        const auto path = path_of(entry.directory, name);
        struct stat about {};
        if (WithoutWaiting::is_asked_for() && site::look_at(path, about, follows) == EAGAIN) {
            found = Found::kLater;  // whoever may wait looks into a cache of his own
            break;
        }
        entry.is_watched = watch_.watch(path, follows, entry.id) && entry.is_watched;
        entry.stamps.push_back(stamp_of(path, follows));
        found = look_at(entry, path);
        if (found != Found::kNothing) {
            break;
        }
    }
    watch_.forget(old_id);
    if (!entry.is_watched) {
        watch_.forget(entry.id);
    }
    entries_.end_look(entry);
    entry.is_stale = found == Found::kLater;
}

HtaccessCache::Found HtaccessCache::look_at(HtaccessEntry& entry, const std::string& path) {
    auto [file, error] = base::open_file(path, entry.links);
    if (file.is_open()) {
        return read(entry, path, base::TenantFile(std::move(file)));
    }
    if (error == ENOENT || error == ENOTDIR) {
        return Found::kNothing;
    }
    if (error == EMFILE || error == ENFILE || error == ENOMEM || error == EIO) {
        entry.is_watched = false;  // no event will say that it is over
    }
    const std::string_view why = error == ELOOP && !entry.links.follows_all()
                                     ? problem_of_link(entry.links)
                                     : std::strerror(error);
    entry.file = std::make_unique<const Htaccess>(Htaccess{
        path, nullptr, fmt::format("{}: cannot be read: {}", path, why), false});
    return Found::kFile;
}

HtaccessCache::Found HtaccessCache::read(
    HtaccessEntry& entry, const std::string& path, base::TenantFile file
) {
    const auto refuse = [&](std::string_view why) {
        entry.file = std::make_unique<const Htaccess>(Htaccess{
            path, nullptr, fmt::format("{}: cannot be read: {}", path, why), false});
        return Found::kFile;
    };
    struct stat about {};
    if (::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
        return refuse("not a regular file");
    }
    if (about.st_size > static_cast<off_t>(kFileBytesMax)) {
        return refuse("larger than 1 MiB");
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
        return Found::kFile;
    }
    entry.file = std::make_unique<const Htaccess>(Htaccess{
        path, nullptr, path + ": is being read", true, true});
    return place == Place::kTaken ? Found::kFile : Found::kLater;
}

void HtaccessCache::take_in(
    HtaccessEntry& entry, const std::string& path, HtaccessReader::Read result
) {
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
        HtaccessEntry* const entry = entries_.find(result.id);
        if (entry == nullptr) {
            continue;
        }
        if (result.is_put_off) {
            entry->is_stale = true;
            continue;
        }
        const std::string path = entry->file->path;
        take_in(*entry, path, std::move(result));
        entry->answered_at = base::FileStamp::now();
        entries_.add_bytes(entry->bytes);
    }
    return true;
}

// --- Where nobody tells of changes

// What has changed a moment ago is read again. Where threads read, whoever asks is told what has
// just been read: if each question had it read once more, nobody would get an answer.
bool HtaccessCache::is_current(const HtaccessEntry& entry, std::int64_t now) const {
    constexpr std::int64_t kKeptWithinTick = 100'000'000;
    const bool is_there = entry.stamps.back().error == 0;
    if (is_there && entry.file != nullptr && !entry.file->is_readable) {
        return false;  // for a reason that may have gone without a trace
    }
    const bool is_just_read =
        !entry.is_watched && reader_.has_threads() && entry.file != nullptr &&
        (entry.file->is_being_read || now - entry.answered_at < kKeptWithinTick);
    for (std::size_t i = 0; i < entry.stamps.size(); ++i) {
        const base::FileStamp& stamp = entry.stamps[i];
        const auto path = path_of(entry.directory, entry.names[i]);
        if (stamp_of(path, may_follow(entry.links)) != stamp ||
            (!is_just_read && !stamp.is_settled(entry.looked_at))) {
            return false;
        }
    }
    return true;
}

// Nothing seems to be another file, or in another place.
bool HtaccessCache::confirm(HtaccessEntry& entry) {
    constexpr std::int64_t kTrustedFor = 60'000'000'000;
    const auto now = base::FileStamp::now();
    if (!entry.is_watched && entry.looked_at + kTrustedFor < now) {
        return false;  // maybe it can be watched now
    }
    if (std::exchange(entry.is_doubtful, false) && entry.is_watched) {
        // What was watched may lie elsewhere now.
        watch_.forget(entry.id);
        for (std::size_t i = 0; i < entry.stamps.size(); ++i) {
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

bool HtaccessCache::is_full() const { return entries_.is_full() || watch_.count() > kWatchesMax; }

void HtaccessCache::forget_all() {
    watch_.forget_all();
    entries_.clear();
    ++version_;
}

}  // namespace site
