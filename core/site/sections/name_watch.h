// NameWatch: tells when a path may have come to mean something else than when it was looked at. It
// follows the path name by name, through symbolic links, and has inotify watch each directory in
// which a name is looked up and the file at the end. Where names change faster than anybody wants
// to hear of, it stops listening, so that the owner of one directory cannot fill the queue of all.
// One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/system/fd.h"
#include "core/base/text/text_hash.h"

struct inotify_event;

namespace site {

class NameWatch {
public:
    using Id = std::uint64_t;  // of whoever has looked at a path

    // Of a directory within a second: what is more is not listened to for a while.
    static constexpr std::uint32_t kEventsMax = 4096;

    // To be called before `path`, which is absolute, is opened: what changes after that is told to
    // `id`. False where that cannot be promised, because the limits of inotify are exhausted, a
    // directory must not be read or is too noisy, or a file system is changed by other machines:
    // then whoever looks has to look again each time. `follows_last` is about a symbolic link at
    // the end.
    bool watch(const std::string& path, bool follows_last, Id id);

    // `id` is not interested any more.
    void forget(Id id);
    void forget_all();

    // What has happened since the last call, in one read(), or none where nothing is watched.
    // Whoever is concerned is added to `changed`, maybe more than once: who is about a directory
    // that has become too noisy, too. False: events were lost, or are too many for one turn, and
    // everybody may be concerned.
    bool read_changes(std::vector<Id>& changed);

    // Readable when there is something to read; -1 as long as nothing has been watched.
    [[nodiscard]] int descriptor() const { return inotify_.get(); }
    // Directories and files that are watched.
    [[nodiscard]] std::size_t count() const { return watched_.size(); }

private:
    using Clock = std::chrono::steady_clock;
    enum class Added { kYes, kNothingThere, kForbidden, kNo };
    // A directory and who has looked up which name in it; or a file, whose name is "" here.
    struct Watched {
        std::string path;
        bool tells = true;         // of all changes
        std::uint32_t events = 0;  // in the second of `counted_in`
        Clock::time_point counted_in{};
        std::unordered_map<std::string, std::vector<Id>, base::TextHash, std::equal_to<>> by_name;
    };
    struct Lookup {
        int watch = -1;
        const std::string* name = nullptr;  // the key in Watched; there as long as the watch is
    };

    Added add(const std::string& path, std::uint32_t events, const std::string& name, Id id);
    void on_event(const inotify_event& event, Clock::time_point now, std::vector<Id>& changed);
    [[nodiscard]] static bool is_noisy(Watched& watched, Clock::time_point now);
    void stop_listening(int watch, Clock::time_point now);
    [[nodiscard]] bool is_listened_to(const std::string& path);
    void complain(const char* call, int error);

    base::Fd inotify_;
    std::unordered_map<int, Watched> watched_;  // by watch descriptor
    std::unordered_map<Id, std::vector<Lookup>> of_id_;
    std::unordered_map<std::string, Clock::time_point> noisy_;  // by path: until when
    bool has_complained_ = false;
};

}  // namespace site
