#include "tests/support/fifo.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <array>
#include <utility>

#include "core/base/check.h"

namespace test {

Fifo::Fifo(std::string path) : path_(std::move(path)) {
    CHECK(::mkfifo(path_.c_str(), 0600) == 0);
    CHECK(::chmod(path_.c_str(), 0666) == 0);
    fd_.reset(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
    CHECK(fd_.is_open());
}

Fifo::~Fifo() { ::unlink(path_.c_str()); }

void Fifo::put(std::string_view bytes) const {
    CHECK(::write(fd_.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

std::string Fifo::take_line(std::chrono::milliseconds patience) {
    const Deadline deadline(patience);
    for (;;) {
        if (const auto end = pending_.find('\n'); end != std::string::npos) {
            std::string line = pending_.substr(0, end);
            pending_.erase(0, end + 1);
            return line;
        }
        pollfd waiting{fd_.get(), POLLIN, 0};
        if (::poll(&waiting, 1, deadline.milliseconds_left()) <= 0) {
            ADD_FAILURE() << "nothing was written to " << path_ << " in time";
            return {};
        }
        std::array<char, 4096> block{};
        const ssize_t count = ::read(fd_.get(), block.data(), block.size());
        CHECK(count > 0);
        pending_.append(block.data(), static_cast<std::size_t>(count));
    }
}

bool Fifo::is_empty() const {
    pollfd waiting{fd_.get(), POLLIN, 0};
    return pending_.empty() && ::poll(&waiting, 1, 0) == 0;
}

}  // namespace test
