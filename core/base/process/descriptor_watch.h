// DescriptorWatch: descriptors without which a process hears of nothing, and whether they are what
// they were. It looks from time to time, for whoever has lost one of these is not told of it.
#pragma once

#include <vector>

#include "core/base/files/file_state.h"
#include "core/base/system/bell.h"

namespace base {

class DescriptorWatch {
public:
    // Before other threads look. Negative: there is none.
    void add(int fd);
    void add(const Bell& bell) { bells_.push_back(&bell); }  // outlives it

    // Any thread.
    [[nodiscard]] bool is_whole() const;

private:
    struct Known {
        int fd = -1;
        FileIdentity identity;
    };
    std::vector<Known> known_;
    std::vector<const Bell*> bells_;
};

}  // namespace base
