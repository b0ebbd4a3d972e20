// ProcessWatch: whether an application that runs in this server process has left the process what
// it needs: the descriptors by which its threads hear of anything, free ones, and what the system
// allowed it. Otherwise another process is to take its place, at once or when the running requests
// have been answered.
#pragma once

#include "core/base/process/descriptor_watch.h"
#include "core/base/process/limit_watch.h"

namespace server {

class ProcessWatch {
public:
    // What is to stay what it is. Before other threads look.
    void add(int fd) { descriptors_.add(fd); }
    void add(const base::Bell& bell) { descriptors_.add(bell); }

    // Now and then, by one thread. `any_descriptor` is open.
    void look(int any_descriptor);
    // Whoever finds something odd about one of those descriptors: it ends the process where another
    // has its number. Any thread.
    void look_at_descriptors() const;

private:
    void look_at_limits() const;
    void look_for_room(int any_descriptor);

    const base::LimitWatch limits_;
    base::DescriptorWatch descriptors_;
    int full_ = 0;  // so many looks in a row have found no descriptor free
};

}  // namespace server
