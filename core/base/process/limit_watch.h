// LimitWatch: what the system allows this process (setrlimit(2)), and whether that is what it was.
// An application that runs in it may lower its limits, and so may every process of its user;
// whoever else is in the process cannot open a file then, or gets no memory. What is raised is
// nobody's loss.
#pragma once

#include <sys/resource.h>

#include <string>
#include <vector>

namespace base {

class LimitWatch {
public:
    LimitWatch();  // what it is now is what it is to be

    struct Lowered {
        std::string what;  // "RLIMIT_NOFILE of this process was lowered from 1024 to 0"
        bool is_put_back = false;
    };
    // Puts back what it can, without a descriptor. Each that was lowered since the last time, and
    // those that stay so.
    [[nodiscard]] std::vector<Lowered> put_back() const;

private:
    std::vector<rlimit> limits_;  // as the table has them
};

}  // namespace base
