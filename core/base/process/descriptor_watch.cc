#include "core/base/process/descriptor_watch.h"

#include <algorithm>

namespace base {

void DescriptorWatch::add(int fd) {
    if (fd >= 0) {
        known_.push_back({fd, FileIdentity::of(fd)});
    }
}

bool DescriptorWatch::is_whole() const {
    return std::ranges::all_of(
               known_, [](const Known& each) { return FileIdentity::of(each.fd) == each.identity; }
           ) &&
           std::ranges::all_of(bells_, &Bell::is_whole);
}

}  // namespace base
