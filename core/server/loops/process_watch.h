// ProcessWatch: whether an application that runs in this server process has left the process what
// it needs: the descriptors by which its threads hear of anything, and free ones. Otherwise another
// process is to take its place, at once or when the running requests have been answered.
#pragma once

#include "core/base/system/descriptor_watch.h"

namespace server {

class ProcessWatch {
public:
    // What is to stay what it is. Before other threads look.
    void add(int fd) { descriptors_.add(fd); }
    void add(const base::Bell& bell) { descriptors_.add(bell); }

    // Now and then, by one thread. `any_descriptor` is open.
    void look(int any_descriptor);

private:
    base::DescriptorWatch descriptors_;
    int full_ = 0;  // so many looks in a row have found no descriptor free
};

}  // namespace server
