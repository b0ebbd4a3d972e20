#include "core/site/sections/name_watch.h"

#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>

#include "core/base/system/log.h"

namespace site {
namespace {

// Of a directory: its names, and their owners and modes. What is written into its files is not
// asked for: an application's log would fill the queue.
constexpr std::uint32_t kNamesOf = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB |
                                   IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kContentOf = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB;

// How long a noisy directory is not listened to, and how many are remembered.
constexpr std::chrono::seconds kNoisyTime{60};
constexpr std::size_t kNoisyMax = 1024;

// As many as the kernel follows.
constexpr int kLinksMax = 40;

// File systems that other machines or programs change without telling this kernel.
bool tells_of_changes(const std::string& path) {
    constexpr std::uint32_t kCephMagic = 0x00c36400;  // not in <linux/magic.h>
    constexpr std::uint32_t kSilent[] = {
        NFS_SUPER_MAGIC,
        SMB_SUPER_MAGIC,
        CIFS_SUPER_MAGIC,
        SMB2_SUPER_MAGIC,
        FUSE_SUPER_MAGIC,
        V9FS_MAGIC,
        AFS_SUPER_MAGIC,
        CODA_SUPER_MAGIC,
        kCephMagic,
    };
    struct statfs about {};
    return ::statfs(path.c_str(), &about) == 0 &&
           std::ranges::find(kSilent, static_cast<std::uint32_t>(about.f_type)) ==
               std::end(kSilent);
}

// Of the last tick, which is all that is needed, and costs nothing.
std::chrono::steady_clock::time_point coarse_now() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return std::chrono::steady_clock::time_point(
        std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec)
    );
}

std::string join(const std::string& directory, std::string_view name) {
    return (directory == "/" ? "" : directory) + "/" + std::string(name);
}

std::string parent_of(const std::string& path) {
    return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
}

// The names of a path that are still to be looked up; the next one is the last of the list.
class Names {
public:
    void put_in_front(std::string_view path) {
        for (std::size_t end = path.size(); end > 0;) {
            const auto slash = path.rfind('/', end - 1);
            const auto begin = slash == std::string_view::npos ? 0 : slash + 1;
            const auto name = path.substr(begin, end - begin);
            if (!name.empty() && name != ".") {
                names_.emplace_back(name);
            }
            end = slash == std::string_view::npos ? 0 : slash;
        }
    }
    [[nodiscard]] bool is_empty() const { return names_.empty(); }
    std::string take() {
        auto name = std::move(names_.back());
        names_.pop_back();
        return name;
    }

private:
    std::vector<std::string> names_;
};

}  // namespace

// A directory is watched before a name is looked up in it, the outermost first: whatever changes
// what has been found so far comes as an event.
bool NameWatch::watch(const std::string& path, bool follows_last, Id id) {
    std::string at = "/";
    Names names;
    names.put_in_front(path);
    int links = 0;
    while (!names.is_empty()) {
        const auto name = names.take();
        if (name == "..") {
            at = parent_of(at);
            continue;
        }
        if (const auto added = add(at, kNamesOf, name, id); added != Added::kYes) {
            return added == Added::kNothingThere;
        }
        auto next = join(at, name);
        std::array<char, PATH_MAX> target;  // NOLINT(cppcoreguidelines-pro-type-member-init)
        const auto length = ::readlink(next.c_str(), target.data(), target.size());
        if (length < 0 && errno == EINVAL) {  // no symbolic link
            at = std::move(next);
        } else if (length < 0) {
            return errno == ENOENT || errno == ENOTDIR;
        } else if (names.is_empty() && !follows_last) {
            return true;
        } else if (++links > kLinksMax || static_cast<std::size_t>(length) == target.size()) {
            return false;
        } else {
            const std::string_view text(target.data(), static_cast<std::size_t>(length));
            at = text.starts_with('/') ? "/" : at;
            names.put_in_front(text);
        }
    }
    // What must not be read has no content; a new mode is an event of the directory.
    return add(at, kContentOf, "", id) != Added::kNo;
}

NameWatch::Added NameWatch::add(
    const std::string& path, std::uint32_t events, const std::string& name, Id id
) {
    if (!inotify_.is_open()) {
        inotify_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
        if (!inotify_.is_open()) {
            complain("inotify_init1", errno);
            return Added::kNo;
        }
    }
    if (!is_listened_to(path)) {
        return Added::kNo;
    }
    const int watch =
        ::inotify_add_watch(inotify_.get(), path.c_str(), events | IN_DONT_FOLLOW | IN_MASK_ADD);
    if (watch < 0) {
        const int error = errno;
        if (error == ENOENT || error == ENOTDIR) {
            return Added::kNothingThere;
        }
        if (error == EACCES) {
            return Added::kForbidden;
        }
        complain("inotify_add_watch", error);
        return Added::kNo;
    }
    const auto [watched, is_new] = watched_.try_emplace(watch);
    if (is_new) {
        watched->second.path = path;
        watched->second.tells = tells_of_changes(path);
    }
    const auto found = watched->second.by_name.try_emplace(name).first;
    auto& waiting = found->second;
    if (waiting.empty() || waiting.back() != id) {
        waiting.push_back(id);
        of_id_[id].push_back({watch, &found->first});
    }
    return watched->second.tells ? Added::kYes : Added::kNo;
}

void NameWatch::forget(Id id) {
    const auto found = of_id_.find(id);
    if (found == of_id_.end()) {
        return;
    }
    for (const auto& lookup : found->second) {
        const auto watched = watched_.find(lookup.watch);
        if (watched == watched_.end()) {
            continue;
        }
        auto& by_name = watched->second.by_name;
        const auto waiting = by_name.find(*lookup.name);
        std::erase(waiting->second, id);
        if (waiting->second.empty()) {
            by_name.erase(waiting);
        }
        if (by_name.empty()) {
            ::inotify_rm_watch(inotify_.get(), lookup.watch);  // fails where the directory is gone
            watched_.erase(watched);
        }
    }
    of_id_.erase(found);
}

void NameWatch::forget_all() {
    for (const auto& [watch, watched] : watched_) {
        ::inotify_rm_watch(inotify_.get(), watch);
    }
    watched_.clear();
    of_id_.clear();
}

bool NameWatch::read_changes(std::vector<Id>& changed) {
    if (!inotify_.is_open()) {
        return true;
    }
    constexpr std::size_t kEventMax = sizeof(inotify_event) + NAME_MAX + 1;
    alignas(inotify_event) std::array<char, 65536> events;  // NOLINT: read() fills it
    // Somebody may change names as fast as they are read. It is more than what the kernel keeps.
    constexpr int kReadsMax = 80;
    Clock::time_point now{};
    for (int reads = 0; reads < kReadsMax; ++reads) {
        const auto count = ::read(inotify_.get(), events.data(), events.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return true;
        }
        now = reads == 0 ? coarse_now() : now;
        const auto size = static_cast<std::size_t>(count);
        bool is_complete = true;
        for (std::size_t at = 0; at < size;) {
            const auto& event = *reinterpret_cast<const inotify_event*>(&events.at(at));
            if ((event.mask & IN_Q_OVERFLOW) != 0) {
                is_complete = false;
            } else {
                on_event(event, now, changed);
            }
            at += sizeof(inotify_event) + event.len;
        }
        if (!is_complete) {
            return false;  // what has come since is read in the next turn
        }
        if (size + kEventMax <= events.size()) {
            return true;  // there was room for more
        }
    }
    return false;  // what is left is read in the next turn
}

void NameWatch::on_event(
    const inotify_event& event, Clock::time_point now, std::vector<Id>& changed
) {
    const auto watched = watched_.find(event.wd);
    if (watched == watched_.end()) {
        return;  // it came before the watch was removed
    }
    auto& by_name = watched->second.by_name;
    const bool is_about_a_name = event.len != 0;
    const bool has_become_noisy = is_noisy(watched->second, now);
    if (is_about_a_name && !has_become_noisy) {
        const auto waiting = by_name.find(std::string_view(&event.name[0]));
        if (waiting != by_name.end()) {
            changed.insert(changed.end(), waiting->second.begin(), waiting->second.end());
        }
        return;
    }
    for (const auto& [name, waiting] : by_name) {
        changed.insert(changed.end(), waiting.begin(), waiting.end());
    }
    if ((event.mask & IN_IGNORED) != 0) {
        watched_.erase(watched);  // the kernel has removed the watch
    } else if (has_become_noisy) {
        stop_listening(event.wd, now);
    }
}

bool NameWatch::is_noisy(Watched& watched, Clock::time_point now) {
    if (now - watched.counted_in >= std::chrono::seconds(1)) {
        watched.counted_in = now;
        watched.events = 0;
    }
    return ++watched.events > kEventsMax;
}

// What the kernel still keeps of it is about nobody.
void NameWatch::stop_listening(int watch, Clock::time_point now) {
    const auto watched = watched_.find(watch);
    std::erase_if(noisy_, [now](const auto& entry) { return entry.second <= now; });
    if (noisy_.size() >= kNoisyMax) {
        noisy_.clear();
    }
    noisy_[watched->second.path] = now + kNoisyTime;
    ::inotify_rm_watch(inotify_.get(), watch);
    watched_.erase(watched);
}

bool NameWatch::is_listened_to(const std::string& path) {
    const auto found = noisy_.empty() ? noisy_.end() : noisy_.find(path);
    if (found == noisy_.end()) {
        return true;
    }
    if (found->second > coarse_now()) {
        return false;
    }
    noisy_.erase(found);
    return true;
}

void NameWatch::complain(const char* call, int error) {
    if (!has_complained_) {
        has_complained_ = true;
        base::main_log().warn(
            "{}: {}; access files are looked at for each request instead, which is slower; see "
            "fs.inotify.max_user_watches and fs.inotify.max_user_instances",
            call,
            std::strerror(error)
        );
    }
}

}  // namespace site
