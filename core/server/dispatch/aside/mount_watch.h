// Watches which file systems are mounted, for those that nobody may wait for. Loop thread only.
#pragma once

#include <functional>
#include <memory>

#include "core/base/foreign/file_systems.h"
#include "core/base/system/fd.h"
#include "core/loop/loop.h"

namespace server {

class MountWatch {
public:
    using Mounts = std::shared_ptr<const base::MountTable>;
    // What is mounted from now on; null: nothing that might not answer.
    using Tell = std::function<void(const Mounts& mounts)>;

    MountWatch(loop::Loop& loop, Tell tell) : loop_(loop), tell_(std::move(tell)) {}

    // Until stop(), and until the kernel has let go of it.
    void start();
    void stop();
    [[nodiscard]] bool is_stopped() const { return !changed_.is_in_flight(); }

private:
    void on_changed(loop::Completion completion);
    void look();

    loop::Loop& loop_;
    const Tell tell_;
    base::Fd mountinfo_;
    bool is_stopping_ = false;
    bool has_slow_ = false;  // file systems
    loop::Op<&MountWatch::on_changed> changed_{*this};
};

}  // namespace server
