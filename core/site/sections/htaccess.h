// The .htaccess files of directories, or whatever AccessFileName calls them: each is parsed once
// and kept, and so is that there is none, until inotify tells of a change. A directory whose
// answer is kept costs no system call, and what changes below one directory makes nobody look at
// others again. One per event loop, its thread only; made after the last fork.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/system/tenant_file.h"
#include "core/config/model/config.h"
#include "core/site/names/file_open.h"
#include "core/site/sections/htaccess_reader.h"
#include "core/site/sections/name_watch.h"

namespace site {

// One file.
struct Htaccess {
    std::string path;
    std::shared_ptr<const config::Config> config;  // null: nothing in its directory is served
    std::string problem;      // "" where there is a config; else "path:line: sentence"
    bool is_readable = true;  // false: Apache answers 403 instead of 500
    // There is neither yet: another thread reads it. Ask again when read_count() has grown.
    bool is_being_read = false;
    std::size_t bytes = 0;  // of what it has become, about
};

class HtaccessCache {
public:
    // Bounds, so that memory has one. Where one is passed, refresh() forgets what the virtual host
    // that has most has not asked for lately.
    static constexpr std::size_t kDirectoriesMax = 4096;
    static constexpr std::size_t kWatchesMax = 16384;
    static constexpr std::size_t kBytesMax = 32 << 20;  // of what all files have become
    static constexpr std::size_t kFileBytesMax = HtaccessReader::kFileBytesMax;

    // Of an answer: another one each time that the file is looked at.
    using Id = NameWatch::Id;
    struct Question {
        std::string_view directory;             // absolute and normalised
        const std::vector<std::string>& names;  // AccessFileName: the first that is there counts
        const config::AllowOverride& allowed;
        const std::vector<std::string>& allowed_list;
        // Of the directory: without FollowSymLinks, a symbolic link is a problem, with
        // SymLinksIfOwnerMatch one to another user's file; also one on the way there, from
        // component `looks_from` on.
        config::option::Bits options = 0;
        std::size_t looks_from = SIZE_MAX;
        std::uint32_t host = 0;  // the virtual host of whoever asks: it is his share that it takes
    };
    struct Answer {
        Id id = 0;                       // 0: nothing may stand in such a file, whatever happens
        const Htaccess* file = nullptr;  // null: there is none
    };

    // `definitions`: names that <IfDefine> finds (config::Config::definitions).
    explicit HtaccessCache(std::vector<std::string> definitions = {})
        : reader_({.defines = std::move(definitions)}) {}

    // Ask refresh() before the first of a request's directories. The file is there as long as the
    // answer holds.
    Answer find(const Question& question);

    // Whether find() would give that answer again. It costs a system call only where nobody tells
    // of changes, and there once between two calls of refresh().
    bool holds(Id id);
    // Another number whenever an answer that has been given may not hold any more.
    [[nodiscard]] std::uint64_t version() const { return version_; }

    // Whether anything may have changed since the last call; one read(), none where nothing is
    // watched.
    bool refresh();

    // No answer holds any more.
    void forget_all();

    // Which threads read the files, and whom to tell of it; without them, find() reads.
    void read_beside(HtaccessReader::Threads threads) { reader_.use(std::move(threads)); }
    // How many of them have been read so far; refresh() takes them in.
    [[nodiscard]] std::uint64_t read_count() const { return reader_.ended(); }

    // Readable when refresh() has something to say; -1 as long as nothing is watched.
    [[nodiscard]] int descriptor() const { return watch_.descriptor(); }
    [[nodiscard]] std::size_t directories() const { return by_id_.size(); }
    [[nodiscard]] std::size_t watches() const { return watch_.count(); }

private:
    // A state of a file that stat() can tell from another one.
    struct State {
        int error = 0;  // of stat()
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t size = 0;
        std::int64_t modified = 0;  // nanoseconds
        std::int64_t changed = 0;
        bool operator==(const State&) const = default;
    };
    // The answer to one question.
    struct Entry {
        NameWatch::Id id = 0;        // another one each time it is looked at
        std::string_view directory;  // the key in by_directory_
        std::vector<std::string> names;
        config::AllowOverride allowed;
        std::vector<std::string> allowed_list;
        LinkRule links;
        std::unique_ptr<const Htaccess> file;
        std::uint32_t host = 0;
        bool is_stale = false;     // something has changed since it was looked at
        bool is_doubtful = false;  // events were lost
        std::size_t bytes = 0;     // of what its file has become
        // Where nobody tells of changes.
        bool is_watched = true;
        std::vector<State> states;       // of what `names` are, up to the one that is there
        std::int64_t looked_at = 0;      // by the clock of files
        std::int64_t answered_at = 0;    // the same; when a thread had read the file
        std::uint64_t used_in_turn = 0;  // of refresh(): the last one in which somebody asked
    };
    using Entries = std::vector<std::unique_ptr<Entry>>;

    static State state_of(const Entry& entry, const std::string& path);
    bool is_fresh(Entry& entry);
    bool confirm(Entry& entry);
    [[nodiscard]] bool is_current(const Entry& entry, std::int64_t now) const;
    void read(Entry& entry, const std::string& path, base::TenantFile file);
    static void take_in(Entry& entry, const std::string& path, HtaccessReader::Read result);
    bool take_read();
    bool look_at(Entry& entry, const std::string& path);
    void look(Entry& entry);
    [[nodiscard]] bool is_full() const;
    [[nodiscard]] std::uint32_t heaviest_host() const;
    void forget_half_of(std::uint32_t host);
    void drop(const Entry& entry);

    HtaccessReader reader_;
    NameWatch watch_;
    std::unordered_map<std::string, Entries, TextHash, std::equal_to<>> by_directory_;
    std::unordered_map<NameWatch::Id, Entry*> by_id_;
    std::vector<NameWatch::Id> changed_;
    NameWatch::Id next_id_ = 1;
    std::uint64_t turn_ = 0;  // calls of refresh()
    std::uint64_t version_ = 1;
    std::size_t bytes_ = 0;      // of all entries
    std::size_t unwatched_ = 0;  // entries
};

}  // namespace site
