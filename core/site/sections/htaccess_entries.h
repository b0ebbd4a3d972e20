// HtaccessEntries: what is kept about .htaccess files, an entry for each question that has been
// asked about a directory. Knows what all of it weighs, and which virtual host has most; asks no
// file system. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/files/file_state.h"
#include "core/base/foreign/link_rule.h"
#include "core/base/text/text_hash.h"
#include "core/config/model/config.h"
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

struct HtaccessQuestion {
    std::string_view directory;             // absolute and normalised
    const std::vector<std::string>& names;  // AccessFileName: the first that is there counts
    const config::AllowOverride& allowed;
    const std::vector<std::string>& allowed_list;
    // Of the directory: without FollowSymLinks, a symbolic link is a problem, with
    // SymLinksIfOwnerMatch one to another user's file; also one on the way there, from component
    // `looks_from` on.
    config::option::Bits options = 0;
    std::size_t looks_from = SIZE_MAX;
    std::uint32_t host = 0;  // the virtual host of whoever asks: it is his share that it takes
};

// The answer to one question.
struct HtaccessEntry {
    NameWatch::Id id = 0;        // another one each time it is looked at
    std::string_view directory;  // without a final slash; the key in by_directory_
    std::vector<std::string> names;
    config::AllowOverride allowed;
    std::vector<std::string> allowed_list;
    base::LinkRule links;
    std::unique_ptr<const Htaccess> file;  // null: there is none
    std::uint32_t host = 0;
    bool is_stale = true;      // something has changed since it was looked at, if it ever was
    bool is_doubtful = false;  // events were lost
    std::size_t bytes = 0;     // of what its file has become
    // Where nobody tells of changes.
    bool is_watched = true;
    std::vector<base::FileStamp> stamps;  // of what `names` are, up to the one that is there
    std::int64_t looked_at = 0;           // by FileStamp's clock
    std::int64_t answered_at = 0;         // the same; when a thread had read the file
    std::uint64_t used_in_turn = 0;       // of the cache: the last one in which somebody asked
};

class HtaccessEntries {
public:
    using Id = NameWatch::Id;

    static constexpr std::size_t kCountMax = 4096;
    static constexpr std::size_t kBytesMax = 32 << 20;  // of what all files have become

    // Who asks the same again gets the same entry, as long as it is kept.
    HtaccessEntry& ask(const HtaccessQuestion& question);
    // Null: it has gone, or has been looked at again.
    [[nodiscard]] HtaccessEntry* find(Id id) const;
    // Events were lost: any of them may have changed.
    void doubt_all();

    // An entry is looked at: it gets a number of its own, and counts as what has been found in
    // between. The number that it had, 0 if none.
    Id begin_look(HtaccessEntry& entry);
    void end_look(const HtaccessEntry& entry);
    // The file of one that has been looked at has been read.
    void add_bytes(std::size_t bytes) { bytes_ += bytes; }

    [[nodiscard]] std::size_t count() const { return by_id_.size(); }
    [[nodiscard]] bool has_unwatched() const { return unwatched_ > 0; }
    [[nodiscard]] bool is_full() const { return count() > kCountMax || bytes_ > kBytesMax; }
    // The virtual host that has most loses half of it, namely what nobody has asked for lately. The
    // numbers of what has gone.
    std::vector<Id> make_room();
    void clear();

private:
    [[nodiscard]] std::uint32_t heaviest_host() const;
    [[nodiscard]] std::uint64_t middle_turn_of(std::uint32_t host) const;
    void uncount(const HtaccessEntry& entry);

    using Of = std::vector<std::unique_ptr<HtaccessEntry>>;
    std::unordered_map<std::string, Of, base::TextHash, std::equal_to<>> by_directory_;
    std::unordered_map<Id, HtaccessEntry*> by_id_;
    Id next_id_ = 1;
    std::size_t bytes_ = 0;
    std::size_t unwatched_ = 0;
};

}  // namespace site
