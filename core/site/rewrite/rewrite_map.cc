#include "core/site/rewrite/rewrite_map.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <random>

#include "core/base/dbm.h"
#include "core/base/foreign/file_systems.h"
#include "core/base/system/fd.h"
#include "core/base/system/file_state.h"
#include "core/base/system/log.h"
#include "core/base/text/text_hash.h"
#include "core/site/names/file_look.h"
#include "core/site/rewrite/rewrite_address.h"

namespace site {
namespace {

using MapKind = config::RewriteMap::Kind;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kFileBytesMax = 64 << 20;
constexpr std::size_t kRemembered = 4096;  // entries of a Dbm

template <class Value>
using Keyed = std::unordered_map<std::string, Value, base::TextHash, std::equal_to<>>;
using Entries = Keyed<std::string>;

base::Result<std::string> read_whole(const std::string& path) {
    const base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open()) {
        return base::fail_errno("open " + path, errno);
    }
    std::string text;
    std::array<char, 65536>
        block;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    for (;;) {
        const auto count = ::read(file.get(), block.data(), block.size());
        if (count == 0) {
            return text;
        }
        if (count < 0 && errno != EINTR) {
            return base::fail_errno("read " + path, errno);
        }
        text.append(block.data(), count < 0 ? 0 : static_cast<std::size_t>(count));
        if (text.size() > kFileBytesMax) {
            return base::fail(
                base::Fault::kConfig, fmt::format("{} is larger than 64 MiB; use dbm:", path)
            );
        }
    }
}

// Takes a word off the front of a line.
std::string_view take_word(std::string_view& line) {
    constexpr std::string_view kBlanks = " \t\r\v\f";
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    const auto word = line.substr(0, line.find_first_of(kBlanks));
    line.remove_prefix(word.size());
    return word;
}

// "key value" in each line; the first one of a key counts, and lines without a value do not.
Entries entries_of(std::string_view text) {
    Entries entries;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const bool is_comment = line.starts_with('#');
        const auto key = take_word(line);
        const auto value = take_word(line);
        if (!is_comment && !value.empty()) {
            entries.emplace(key, value);
        }
    }
    return entries;
}

std::size_t random_number() {
    thread_local std::minstd_rand numbers(std::random_device{}());
    return numbers();
}

std::string with_case(std::string_view text, char from, char to, int by) {
    std::string out(text);
    for (char& c : out) {
        c = c >= from && c <= to ? static_cast<char>(c + by) : c;
    }
    return out;
}

}  // namespace

// A file. Guarded as its members say.
class RewriteMaps::Table {
public:
    Table(std::string name, std::string path, bool is_dbm, std::chrono::nanoseconds look_every)
        : name_(std::move(name)),
          path_(std::move(path)),
          file_(is_dbm ? path_ + ".pag" : path_),
          is_dbm_(is_dbm),
          look_every_(look_every.count()) {}

    std::optional<std::string> find(std::string_view key) {
        look();
        return is_dbm_ ? find_in_dbm(key) : find_in_text(key);
    }

private:
    std::optional<std::string> find_in_text(std::string_view key) {
        std::shared_ptr<const Entries> entries;
        {
            const std::lock_guard lock(mutex_);
            entries = entries_;
        }
        if (!entries) {
            return std::nullopt;
        }
        const auto found = entries->find(key);
        return found == entries->end() ? std::nullopt : std::optional(found->second);
    }

    std::optional<std::string> find_in_dbm(std::string_view key) {
        std::unique_lock lock(reading_, std::try_to_lock);
        if (!lock.owns_lock()) {
            if (WithoutWaiting::give_up()) {
                return std::nullopt;
            }
            lock.lock();
        }
        if (!dbm_) {
            return std::nullopt;
        }
        if (const auto known = remembered_.find(key); known != remembered_.end()) {
            return known->second;
        }
        if (is_slow_ && WithoutWaiting::give_up()) {
            return std::nullopt;
        }
        auto found = dbm_->find(key);
        if (!found) {
            complain(fmt::format("{}: {}", file_, found.error().what));
            return std::nullopt;
        }
        if (remembered_.size() >= kRemembered) {
            remembered_.clear();
        }
        return remembered_.emplace(key, *std::move(found)).first->second;
    }

    // Reads the file again if it has changed; at most once a second, and one thread for all: the
    // others use what there was, but for the first time. Who serves others leaves the reading to
    // who does not.
    void look() {
        const auto now = Clock::now().time_since_epoch().count();
        const auto due = due_.load(std::memory_order_acquire);
        if (now < due) {
            return;
        }
        std::unique_lock lock(reading_, std::try_to_lock);
        if (!lock.owns_lock()) {
            if (due != kNever || WithoutWaiting::give_up()) {
                return;
            }
            lock.lock();
        }
        if (due_.load(std::memory_order_relaxed) != due) {
            return;  // another thread has just looked
        }
        struct stat facts {};
        const int error = look_at(file_, facts, true);
        if (WithoutWaiting::has_given_up()) {
            return;
        }
        const auto version = base::FileVersion::of(facts);
        if (error != 0) {
            forget(fmt::format("{}: {}", file_, std::strerror(error)));
        } else if (version_ != version) {
            if (WithoutWaiting::give_up()) {
                return;
            }
            read(version);
        }
        due_.store(now + look_every_, std::memory_order_release);
    }

    void read(const base::FileVersion& version) {
        const base::Fd place(::open(file_.c_str(), O_PATH | O_CLOEXEC));
        is_slow_ = base::slow_mount_of(place.get()).has_value();
        if (is_dbm_) {
            remembered_.clear();
            auto dbm = base::Dbm::open(path_);
            if (!dbm) {
                forget(dbm.error().what);
                return;
            }
            dbm_ = *std::move(dbm);
        } else {
            const auto text = read_whole(file_);
            if (!text) {
                forget(text.error().what);
                return;
            }
            auto entries = std::make_shared<const Entries>(entries_of(*text));
            const std::lock_guard lock(mutex_);
            entries_ = std::move(entries);
        }
        version_ = version;
        complaint_.clear();
    }

    void forget(const std::string& why) {
        version_.reset();
        dbm_.reset();
        {
            const std::lock_guard lock(mutex_);
            entries_ = nullptr;
        }
        const bool is_other_dbm = is_dbm_ && ::access(path_.c_str(), F_OK) == 0;
        complain(
            is_other_dbm
                ? why + fmt::format(
                            "; {0} is no SDBM file, which would be {0}.pag and {0}.dir: make it "
                            "again with \"httxt2dbm -f SDBM -i TEXT -o {0}\"",
                            path_
                        )
                : why
        );
    }

    // Once for each thing that is wrong.
    void complain(const std::string& what) {
        if (what != complaint_) {
            complaint_ = what;
            base::main_log().error("RewriteMap {}: {}; no key will be found in it", name_, what);
        }
    }

    static constexpr Clock::rep kNever = 0;

    // Fixed at construction.
    const std::string name_;
    const std::string path_;  // as configured
    const std::string file_;  // which is looked at
    const bool is_dbm_;
    const std::int64_t look_every_;  // nanoseconds

    // Any thread.
    std::atomic<Clock::rep> due_ = kNever;  // when to look at the file again

    // Guarded by mutex_.
    std::mutex mutex_;
    std::shared_ptr<const Entries> entries_;

    // Guarded by reading_.
    std::mutex reading_;
    std::optional<base::FileVersion> version_;
    std::optional<base::Dbm> dbm_;
    bool is_slow_ = false;                          // its file system may never answer
    Keyed<std::optional<std::string>> remembered_;  // of the Dbm
    std::string complaint_;
};

struct RewriteMaps::Map {
    MapKind kind;
    std::unique_ptr<Table> table;  // null for functions
};

RewriteMaps::RewriteMaps(
    const std::vector<config::RewriteMap>& maps, std::chrono::nanoseconds look_every
) {
    for (const auto& map : maps) {
        const bool is_file = !map.path.empty();
        maps_.insert_or_assign(
            map.name,
            Map{map.kind,
                is_file ? std::make_unique<Table>(
                              map.name, map.path, map.kind == MapKind::kDbm, look_every
                          )
                        : nullptr}
        );
    }
}

RewriteMaps::~RewriteMaps() = default;

std::optional<RewriteMaps::Found> RewriteMaps::find(std::string_view name, std::string_view key)
    const {
    const auto map = maps_.find(std::string(name));
    if (map == maps_.end()) {
        return std::nullopt;
    }
    switch (map->second.kind) {
        case MapKind::kToUpper:
            return Found{with_case(key, 'a', 'z', 'A' - 'a'), true};
        case MapKind::kToLower:
            return Found{with_case(key, 'A', 'Z', 'a' - 'A'), true};
        case MapKind::kEscape:
            return Found{escaped_path(key), false};
        case MapKind::kUnescape:
            return Found{unescaped(key), true};
        default:
            break;
    }
    auto value = map->second.table->find(key);
    if (!value) {
        return std::nullopt;
    }
    if (map->second.kind == MapKind::kRandom) {
        value = std::string(chosen(*value, random_number()));
    }
    return Found{*std::move(value), false};
}

std::string_view chosen(std::string_view value, std::size_t number) {
    const auto count = static_cast<std::size_t>(std::ranges::count(value, '|')) + 1;
    for (number %= count; number > 0; --number) {
        value.remove_prefix(value.find('|') + 1);
    }
    return value.substr(0, value.find('|'));
}

std::string unescaped(std::string_view text) {
    const auto digit = [](char c) {
        const char letter = static_cast<char>(c | 0x20);
        return c >= '0' && c <= '9'             ? c - '0'
               : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                                                : -1;
    };
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%' && at + 2 < text.size()) {
            const int high = digit(text[at + 1]);
            const int low = digit(text[at + 2]);
            const int byte = high < 0 || low < 0 ? 0 : high * 16 + low;
            if (byte != 0 && byte != '/') {
                out.push_back(static_cast<char>(byte));
                at += 2;
                continue;
            }
        }
        out.push_back(text[at]);
    }
    return out;
}

}  // namespace site
