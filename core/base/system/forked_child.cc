#include "core/base/system/forked_child.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>

#include "core/base/system/lost_descriptor.h"
#include "core/base/system/own_descriptors.h"

namespace base {

namespace detail {
std::atomic<bool> is_forked_child{false};
}

namespace {

constexpr std::size_t kBits = 64;
// The kernel gives out the lowest number that is free, so that few machines ever see a larger one;
// one bit each, in pages that nobody touches before that.
constexpr std::size_t kDescriptors = std::size_t{1} << 20U;

std::array<std::atomic<std::uint64_t>, kDescriptors / kBits> own_descriptors;

std::atomic<bool> runs_applications{false};

thread_local bool must_end_next_child = false;

bool is_noted(int fd) { return fd >= 0 && static_cast<std::size_t>(fd) < kDescriptors; }

std::atomic<std::uint64_t>& word_of(int fd) {
    return own_descriptors.at(static_cast<std::size_t>(fd) / kBits);
}

std::uint64_t bit_of(int fd) { return std::uint64_t{1} << (static_cast<std::size_t>(fd) % kBits); }

template <class Look>
void for_each_own_descriptor(Look look) {
    for (std::size_t i = 0; i < own_descriptors.size(); ++i) {
        for (std::uint64_t left = own_descriptors[i]; left != 0; left &= left - 1) {
            look(static_cast<int>(i * kBits) + std::countr_zero(left));
        }
    }
}

// The first thing that happens in the child, with one thread, where only what a signal handler may
// do is safe.
void on_forked() {
    detail::is_forked_child.store(true, std::memory_order_relaxed);
    if (must_end_next_child) {
        ::_exit(EXIT_FAILURE);
    }
    for_each_own_descriptor([](int fd) {
        if (fd > STDERR_FILENO) {
            ::close(fd);
        }
        forget_own_descriptor(fd);
    });
}

// The thread that has forked was not the last one of its parent, but is that of the child: when it
// returns, libc takes it for the end of the program.
void on_end_of_program(int status, void*) {
    if (is_forked_child()) {
        ::_exit(status);
    }
}

}  // namespace

void notice_forked_children() {
    runs_applications = true;
    ::pthread_atfork(nullptr, nullptr, on_forked);
    ::on_exit(on_end_of_program, nullptr);
}

void forget_closed_descriptors() {
    for_each_own_descriptor([](int fd) {
        if (::fcntl(fd, F_GETFD) < 0) {
            forget_own_descriptor(fd);
        }
    });
}

void end_next_child_of_this_thread(bool must_end) { must_end_next_child = must_end; }

void note_own_descriptor(int fd) {
    if (is_noted(fd) &&
        (word_of(fd).fetch_or(bit_of(fd), std::memory_order_relaxed) & bit_of(fd)) != 0 &&
        runs_applications.load(std::memory_order_relaxed)) {
        end_for_lost_descriptor();
    }
}

bool is_own_descriptor(int fd) {
    return is_noted(fd) && (word_of(fd).load(std::memory_order_relaxed) & bit_of(fd)) != 0;
}

int first_own_descriptor(int from) {
    auto word = static_cast<std::size_t>(from) / kBits;
    std::uint64_t mask = ~std::uint64_t{0} << (static_cast<std::size_t>(from) % kBits);
    for (; word < own_descriptors.size(); ++word, mask = ~std::uint64_t{0}) {
        if (const std::uint64_t left = own_descriptors.at(word) & mask; left != 0) {
            return static_cast<int>(word * kBits) + std::countr_zero(left);
        }
    }
    return -1;
}

std::size_t own_descriptor_count() {
    std::size_t count = 0;
    for_each_own_descriptor([&count](int) { ++count; });
    return count;
}

bool forget_own_descriptor(int fd) {
    return !is_noted(fd) ||
           (word_of(fd).fetch_and(~bit_of(fd), std::memory_order_relaxed) & bit_of(fd)) != 0;
}

}  // namespace base
