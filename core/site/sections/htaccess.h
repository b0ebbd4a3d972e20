// The .htaccess files of directories, or whatever AccessFileName calls them: each is parsed once
// and kept, and so is that there is none, until inotify tells of a change, or something is mounted,
// of which inotify does not tell. A directory whose
// answer is kept costs no system call, and what changes below one directory makes nobody look at
// others again. One per event loop, its thread only; made after the last fork.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/foreign/tenant_file.h"
#include "core/site/sections/htaccess_entries.h"
#include "core/site/sections/htaccess_reader.h"
#include "core/site/sections/name_watch.h"

namespace site {

class HtaccessCache {
public:
    // Bounds, so that memory has one: those of HtaccessEntries, and this. Where one is passed,
    // refresh() forgets what the virtual host that has most has not asked for lately.
    static constexpr std::size_t kWatchesMax = 16384;
    static constexpr std::size_t kFileBytesMax = HtaccessReader::kFileBytesMax;

    // Of an answer: another one each time that the file is looked at.
    using Id = NameWatch::Id;
    struct Answer {
        Id id = 0;                       // 0: nothing may stand in such a file, whatever happens
        const Htaccess* file = nullptr;  // null: there is none
    };

    // `definitions`: names that <IfDefine> finds (config::Config::definitions).
    explicit HtaccessCache(std::vector<std::string> definitions = {})
        : reader_({.defines = std::move(definitions)}) {}

    // Ask refresh() before the first of a request's directories. The file is there as long as the
    // answer holds.
    Answer find(const HtaccessQuestion& question);

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
    [[nodiscard]] std::size_t directories() const { return entries_.count(); }
    [[nodiscard]] std::size_t watches() const { return watch_.count(); }

private:
    // kLater: that is not known yet; whoever asks next looks again.
    enum class Found { kNothing, kFile, kLater };

    bool is_fresh(HtaccessEntry& entry);
    bool confirm(HtaccessEntry& entry);
    [[nodiscard]] bool is_current(const HtaccessEntry& entry, std::int64_t now) const;
    void look(HtaccessEntry& entry);
    Found look_at(HtaccessEntry& entry, const std::string& path);
    Found read(HtaccessEntry& entry, const std::string& path, base::TenantFile file);
    static void take_in(HtaccessEntry& entry, const std::string& path, HtaccessReader::Read result);
    bool take_read();
    [[nodiscard]] bool is_full() const;

    HtaccessReader reader_;
    NameWatch watch_;
    HtaccessEntries entries_;
    std::vector<NameWatch::Id> changed_;
    std::uint64_t turn_ = 0;    // calls of refresh()
    std::uint64_t mounts_ = 0;  // base::mount_changes() at the last of them
    std::uint64_t version_ = 1;
};

}  // namespace site
