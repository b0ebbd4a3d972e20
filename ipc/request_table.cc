#include "ipc/request_table.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace ipc {

struct RequestTable::Slot {
    std::atomic<std::int64_t> started_ns;  // of the steady clock; 0: idle
    std::uint32_t size;
    Text text;
};

namespace {

using Clock = std::chrono::steady_clock;

base::Result<void*> map(int fd, std::size_t bytes) {
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        return base::fail_errno("cannot map the request table", errno);
    }
    return memory;
}

}  // namespace

base::Result<RequestTable> RequestTable::create(std::size_t slots) {
    static_assert(sizeof(Slot) == 128);
    RequestTable table;
    table.fd_ = base::Fd(::memfd_create("hoopsnake-requests", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    const std::size_t bytes = slots * sizeof(Slot);
    if (!table.fd_.is_open() || ::ftruncate(table.fd(), static_cast<off_t>(bytes)) != 0 ||
        ::fcntl(table.fd(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return base::fail_errno("cannot make the request table", errno);
    }
    table.slots_ = static_cast<Slot*>(TRY(map(table.fd(), bytes)));
    table.count_ = slots;
    return table;
}

base::Result<RequestTable> RequestTable::attach(base::Fd fd) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) {
        return base::fail_errno("cannot look at the request table", errno);
    }
    RequestTable table;
    table.count_ = static_cast<std::size_t>(status.st_size) / sizeof(Slot);
    table.slots_ = static_cast<Slot*>(TRY(map(fd.get(), table.count_ * sizeof(Slot))));
    table.fd_ = std::move(fd);
    return table;
}

RequestTable::RequestTable(RequestTable&& other) noexcept
    : fd_(std::move(other.fd_)),
      slots_(std::exchange(other.slots_, nullptr)),
      count_(std::exchange(other.count_, 0)) {}

RequestTable& RequestTable::operator=(RequestTable&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(slots_, other.slots_);
    std::swap(count_, other.count_);
    return *this;
}

RequestTable::~RequestTable() {
    if (slots_ != nullptr) {
        ::munmap(slots_, count_ * sizeof(Slot));
    }
}

std::size_t RequestTable::write_text(
    Text& text, std::string_view method, std::string_view target
) noexcept {
    const std::size_t method_size = std::min(method.size(), sizeof text - 1);
    std::memcpy(text, method.data(), method_size);
    text[method_size] = ' ';
    const std::size_t target_size = std::min(target.size(), sizeof text - method_size - 1);
    std::memcpy(text + method_size + 1, target.data(), target_size);
    return method_size + 1 + target_size;
}

std::string RequestTable::text_of(std::string_view method, std::string_view target) {
    Text text;
    return {text, write_text(text, method, target)};
}

RequestTable::Slot* RequestTable::slot(int thread) const {
    const auto index = static_cast<std::size_t>(thread) - 1;
    return index < count_ ? slots_ + index : nullptr;
}

void RequestTable::begin(
    int thread, std::string_view method, std::string_view target, Clock::time_point now
) noexcept {
    Slot* const mine = slot(thread);
    if (mine == nullptr) {
        return;
    }
    mine->size = static_cast<std::uint32_t>(write_text(mine->text, method, target));
    mine->started_ns.store(now.time_since_epoch().count(), std::memory_order_release);
}

void RequestTable::end(int thread) noexcept {
    if (Slot* const mine = slot(thread)) {
        mine->started_ns.store(0, std::memory_order_release);
    }
}

std::vector<RequestTable::Running> RequestTable::running() const {
    std::vector<Running> result;
    for (std::size_t i = 0; i < count_; ++i) {
        const Slot& slot = slots_[i];
        const std::int64_t started = slot.started_ns.load(std::memory_order_acquire);
        if (started == 0) {
            continue;
        }
        const std::size_t size = std::min<std::size_t>(slot.size, sizeof slot.text);
        const std::int64_t now = Clock::now().time_since_epoch().count();
        const std::chrono::nanoseconds age(started > 0 && started < now ? now - started : 0);
        result.push_back(
            {static_cast<int>(i) + 1,
             std::string(slot.text, size),
             std::chrono::duration_cast<std::chrono::milliseconds>(age)}
        );
    }
    return result;
}

void RequestTable::clear() {
    for (std::size_t i = 0; i < count_; ++i) {
        slots_[i].started_ns.store(0, std::memory_order_relaxed);
    }
}

}  // namespace ipc
