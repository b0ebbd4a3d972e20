// Small things that the tests of ipc/ share: a connected socketpair as two Channels, a file with
// known content, and whether two descriptors are the same file.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "ipc/channel.h"

namespace test {

struct ChannelPair {
    explicit ChannelPair(ipc::BufferSizes sizes = {}) {
        auto pair = ipc::make_socket_pair(sizes);
        EXPECT_TRUE(pair.has_value());
        first = ipc::Channel(std::move(pair->first));
        second = ipc::Channel(std::move(pair->second));
    }
    ipc::Channel first;
    ipc::Channel second;
};

inline base::Fd file_with(const std::string& content) {
    base::Fd fd(::memfd_create("test", MFD_CLOEXEC));
    EXPECT_EQ(
        ::pwrite(fd.get(), content.data(), content.size(), 0), static_cast<ssize_t>(content.size())
    );
    return fd;
}

template <class Descriptor>  // base::Fd or base::ForeignFd
std::string content_of(const Descriptor& fd) {
    std::string content(4096, '\0');
    const ssize_t size = ::pread(fd.get(), content.data(), content.size(), 0);
    content.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return size < 0 ? "not readable" : content;
}

}  // namespace test
