// What each thread of a process is doing, in memory that the supervisor shares with it: so that a
// death can be explained by somebody who is still alive. One writer per slot (its thread); the
// supervisor reads, after the death. The reader takes the other side as hostile: nothing read from
// here is an index, a length or a pointer unchecked.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/system/fd.h"

namespace ipc {

class RequestTable {
public:
    // Supervisor: a new table; its descriptor goes to the child. Sealed, so that nobody can shrink
    // it under a reader.
    static base::Result<RequestTable> create(std::size_t slots);
    // Child: the table that came with the setup message.
    static base::Result<RequestTable> attach(base::Fd fd);

    RequestTable() = default;
    RequestTable(RequestTable&& other) noexcept;
    RequestTable& operator=(RequestTable&& other) noexcept;
    ~RequestTable();

    [[nodiscard]] int fd() const { return fd_.get(); }

    // In embedded mode one thread more than those that run requests has a slot: it imports what its
    // target names. Of the others there may be as many again (interp/task_queue.h).
    [[nodiscard]] static int import_thread(int threads) { return 2 * threads + 1; }
    static constexpr std::string_view kImport = "import of";

    // `thread` counts from 1; threads beyond the table leave no trace. Times are of
    // std::chrono::steady_clock.
    void begin(
        int thread,
        std::string_view method,
        std::string_view target,
        std::chrono::steady_clock::time_point now
    ) noexcept;
    void end(int thread) noexcept;
    // What Running::request says of it.
    static std::string text_of(std::string_view method, std::string_view target);

    struct Running {
        int thread;
        std::string request;  // "GET /path", cut to the slot's size
        std::chrono::milliseconds for_time;
    };
    [[nodiscard]] std::vector<Running> running() const;
    // Forgets everything, for the next process with this table.
    void clear();

private:
    using Text = char[116];
    struct Slot;
    static std::size_t write_text(
        Text& text, std::string_view method, std::string_view target
    ) noexcept;
    [[nodiscard]] Slot* slot(int thread) const;
    base::Fd fd_;
    Slot* slots_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace ipc
