// NameWatch: tells when a path may have come to mean something else than when it was looked at. It
// follows the path name by name, through symbolic links, and has inotify watch each directory in
// which a name is looked up and the file at the end. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/system/fd.h"

struct inotify_event;

namespace site {

// For tables by text that are asked with views.
struct TextHash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's name
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>()(text);
    }
};

class NameWatch {
public:
    using Id = std::uint64_t;  // of whoever has looked at a path

    // To be called before `path`, which is absolute, is opened: what changes after that is told to
    // `id`. False where that cannot be promised, because the limits of inotify are exhausted, a
    // directory must not be read, or a file system is changed by other machines: then whoever looks
    // has to look again each time. `follows_last` is about a symbolic link at the end.
    bool watch(const std::string& path, bool follows_last, Id id);

    // `id` is not interested any more.
    void forget(Id id);
    void forget_all();

    // What has happened since the last call, in one read(), or none where nothing is watched.
    // Whoever is concerned is added to `changed`, maybe more than once. False: events were lost,
    // or are too many for one turn, and everybody is concerned.
    bool read_changes(std::vector<Id>& changed);

    // Readable when there is something to read; -1 as long as nothing has been watched.
    [[nodiscard]] int descriptor() const { return inotify_.get(); }
    // Directories and files that are watched.
    [[nodiscard]] std::size_t count() const { return watched_.size(); }

private:
    enum class Added { kYes, kNothingThere, kForbidden, kNo };
    // A directory and who has looked up which name in it; or a file, whose name is "" here.
    struct Watched {
        bool tells = true;  // of all changes
        std::unordered_map<std::string, std::vector<Id>, TextHash, std::equal_to<>> by_name;
    };
    struct Lookup {
        int watch = -1;
        const std::string* name = nullptr;  // the key in Watched; there as long as the watch is
    };

    Added add(const std::string& path, std::uint32_t events, const std::string& name, Id id);
    void on_event(const inotify_event& event, std::vector<Id>& changed);
    void complain(const char* call, int error);

    base::Fd inotify_;
    std::unordered_map<int, Watched> watched_;  // by watch descriptor
    std::unordered_map<Id, std::vector<Lookup>> of_id_;
    bool has_complained_ = false;
};

}  // namespace site
