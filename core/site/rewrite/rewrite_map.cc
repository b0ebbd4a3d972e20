#include "core/site/rewrite/rewrite_map.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <random>

#include "core/base/files/file_state.h"
#include "core/base/foreign/dbm.h"
#include "core/base/foreign/file_systems.h"
#include "core/base/foreign/foreign_file.h"
#include "core/base/memory.h"
#include "core/base/system/fd.h"
#include "core/base/system/log.h"
#include "core/base/text/text_hash.h"
#include "core/site/names/file_look.h"
#include "core/site/rewrite/rewrite_address.h"
#include "core/site/rewrite/text_table.h"

namespace site {
namespace {

using MapKind = config::RewriteMap::Kind;
using Clock = std::chrono::steady_clock;

// Of freed memory: what is worth a system call to give back.
constexpr std::size_t kLarge = 1 << 20;
constexpr std::size_t kRemembered = 4096;  // entries of a Dbm

template <class Value>
using Keyed = std::unordered_map<std::string, Value, base::TextHash, std::equal_to<>>;

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
        // Whoever had a share in it might be the one who frees it.
        const std::lock_guard lock(mutex_);
        const auto value = text_.find(key);
        return value.empty() ? std::nullopt : std::optional<std::string>(value);
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
        const bool is_other = error == 0 && version_ != version;
        // Letting go of a large table takes its time, as reading one does.
        if ((is_other || (error != 0 && version_)) && WithoutWaiting::give_up()) {
            return;
        }
        if (error != 0) {
            forget(fmt::format("{}: {}", file_, std::strerror(error)));
        } else if (is_other) {
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
            auto text = base::read_regular_file(file_, TextTable::kTextBytesMax);
            if (!text) {
                forget(text.error().what);
                return;
            }
            exchange(TextTable(*std::move(text)));
        }
        version_ = version;
        complaint_.clear();
    }

    // The old one is let go of here, where nobody waits for it.
    void exchange(TextTable table) {
        {
            const std::lock_guard lock(mutex_);
            std::swap(text_, table);
        }
        const bool is_large = table.bytes() > kLarge;
        table = {};
        if (is_large) {
            base::release_free_memory();
        }
    }

    void forget(const std::string& why) {
        version_.reset();
        dbm_.reset();
        exchange({});
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
    TextTable text_;

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
