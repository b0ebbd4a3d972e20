// The generations of an event loop: the newest, by which all that begins is served, and older ones
// that somebody still holds. Loop thread only, but for the constructor.
#pragma once

#include <memory>
#include <vector>

#include "core/server/dispatch/aside/mount_watch.h"
#include "core/server/loops/loop_generation.h"

namespace server {

class Generations {
public:
    Generations(
        LoopGeneration::Host& host, const LoopParts& parts, std::shared_ptr<const Served> served
    );
    ~Generations();
    Generations(const Generations&) = delete;
    Generations& operator=(const Generations&) = delete;

    // Whoever holds an older one keeps it.
    void adopt(std::shared_ptr<const Served> served);
    [[nodiscard]] LoopGeneration& newest() const { return *all_.back(); }
    [[nodiscard]] const Generation::Hold& held() const { return newest_; }
    // Null: it has ended.
    [[nodiscard]] LoopGeneration* find(const Served& served) const;
    [[nodiscard]] std::size_t count() const { return all_.size(); }

    // From now on none waits for these file systems.
    void do_not_wait_for(const MountWatch::Mounts& mounts);

    // At the end of a turn, in this order; then what has ended is destroyed.
    void take_news();
    void flush_links();
    void flush_logs();
    void bury();
    // The loop stops. False: LoopGeneration::Host::on_link_ended() will be called.
    [[nodiscard]] bool close_links();
    void flush_all_logs();

private:
    LoopGeneration::Host& host_;
    const LoopParts parts_;
    MountWatch::Mounts mounts_;
    std::vector<std::unique_ptr<LoopGeneration>> all_;  // the newest last
    Generation::Hold newest_;
};

}  // namespace server
