// Swaps two names of one directory again and again, as fast as the file system lets it, in a
// thread of its own: what a tenant does that wants to be served a file that was not looked at.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdio.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>

namespace test {

class NameSwap {
public:
    NameSwap(std::string one, std::string other)
        : thread_([this, one = std::move(one), other = std::move(other)] {
              while (!is_over_) {
                  EXPECT_EQ(
                      ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE),
                      0
                  );
              }
          }) {}
    ~NameSwap() {
        is_over_ = true;
        thread_.join();
    }
    NameSwap(const NameSwap&) = delete;
    NameSwap& operator=(const NameSwap&) = delete;

private:
    std::atomic<bool> is_over_ = false;
    std::thread thread_;
};

}  // namespace test
