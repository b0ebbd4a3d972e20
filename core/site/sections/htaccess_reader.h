// HtaccessReader: reads .htaccess files and makes a Config of each, in threads beside the one that
// maps, which serves others meanwhile. Whoever wants a file that is being read is asked to come
// again. Reading waits for as long as its owner likes: the kernel lets nobody read a file that is
// being shortened, RWF_NOWAIT or not. So it is done in the lane of the virtual host, and so is
// parsing, in threads that no disk can hold: hosts take turns, and one with many large files holds
// up itself.
//
//     submit() ─→ read, a thread of `disks` ─→ parsed, a thread of `parsers` ─→ take()
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/foreign/lanes.h"
#include "core/base/foreign/tenant_file.h"
#include "core/base/result.h"
#include "core/config/configuration_parser.h"
#include "core/config/model/config.h"

namespace site {

class HtaccessReader {
public:
    // More is refused unread, and so is what grows beyond it meanwhile.
    static constexpr std::size_t kFileBytesMax = 1 << 20;
    // Files of one virtual host that are on their way at once, and of all.
    static constexpr std::size_t kJobsOfHostMax = 32;
    static constexpr std::size_t kJobsMax = 512;

    struct Threads {
        base::Lanes* disks = nullptr;
        base::Lanes* parsers = nullptr;
        // In any thread: there is something to take.
        std::function<void()> tell;
    };
    struct Job {
        std::uint64_t id = 0;  // whose it is; an answer to an outdated one is about nobody
        std::uint32_t host = 0;
        base::TenantFile file;  // a regular one
        std::string path;
        config::AllowOverride allowed;
        std::vector<std::string> allowed_list;
    };
    struct Read {
        std::uint64_t id = 0;
        base::Result<config::Config> config;
        bool is_readable = true;
        std::size_t bytes = 0;    // of what it has become
        bool is_put_off = false;  // it has not been read: there was no room in the lane
    };
    enum class Place : std::uint8_t {
        kTaken,
        kLater,  // files of the same host are on their way: ask again when one of them is there
        kNone,   // no thread is to be had, or others have too many
    };

    explicit HtaccessReader(config::ParseOptions options);
    ~HtaccessReader();  // waits for nobody
    HtaccessReader(const HtaccessReader&) = delete;
    HtaccessReader& operator=(const HtaccessReader&) = delete;

    // They outlive all that is begun in them; to be given before the first job. Without them,
    // whoever reads waits.
    void use(Threads threads) { threads_ = std::move(threads); }
    [[nodiscard]] bool has_threads() const { return threads_.disks != nullptr; }

    // `job` is what it was unless it has been taken.
    Place submit(Job& job);
    [[nodiscard]] bool has_read() const;
    // How many jobs have come to an end so far. Whoever waits remembers it: has_read() is only true
    // until somebody has taken.
    [[nodiscard]] std::uint64_t ended() const;
    std::vector<Read> take();

    // In this thread, within what one file may cost.
    [[nodiscard]] Read read(const Job& job) const;

private:
    class Results;

    const std::shared_ptr<const config::ParseOptions> options_;
    const std::shared_ptr<Results> results_;
    Threads threads_;
};

}  // namespace site
