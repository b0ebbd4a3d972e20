// Fifo: how a test and an application take turns without sleeping. The test puts a byte and the
// application that waits in open(path).read(1) goes on; or the application writes a line and the
// test takes it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/system/fd.h"
#include "tests/support/deadline.h"

namespace test {

class Fifo {
public:
    // Makes a named pipe at `path`, open to every user; both ends stay open here, so that no
    // open(2) of it blocks.
    explicit Fifo(std::string path);
    ~Fifo();
    Fifo(const Fifo&) = delete;
    Fifo& operator=(const Fifo&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    void put(std::string_view bytes) const;
    // The next line without its newline. Fails the test and returns "" when none comes in time.
    [[nodiscard]] std::string take_line(std::chrono::milliseconds patience = kPatience);
    // True if nothing has been written that was not taken.
    [[nodiscard]] bool is_empty() const;

private:
    std::string path_;
    base::Fd fd_;
    std::string pending_;
};

}  // namespace test
