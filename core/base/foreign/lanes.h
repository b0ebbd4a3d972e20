// Lanes: work that would hold up whoever serves others, done by threads beside it. Each piece of
// work stands in the lane of whoever is to blame if it takes long (a tenant, a file system): a lane
// has few threads at once and a bounded queue, and lanes take turns, so that one of them that
// stands still holds up nobody in another. Within a lane those take turns for whom the work is
// done, so that one who wants much is behind himself. Threads start when there is something to do.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace base {

class Lanes {
public:
    struct Bounds {
        std::size_t threads = 1;
        std::size_t threads_per_lane = 1;
        std::size_t waiting_per_lane = 1;
        std::size_t waiting = 1;  // in all lanes
        int nice = 0;             // added to what the process has
    };
    using Work = std::function<void()>;
    // Starts a thread; throws std::system_error where the system has none. One that is not joinable
    // is not waited for: whatever it needs, and this too, outlives it.
    using Start = std::function<std::thread(std::function<void()>)>;

    explicit Lanes(
        Bounds bounds, Start start = [](const Work& body) { return std::thread(body); }
    )
        : bounds_(bounds), start_(std::move(start)) {}
    ~Lanes() { end(); }
    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;

    // Waits for the work that runs, but for that of threads that are not joinable; what waits is
    // dropped, and nothing more is taken.
    void end();

    // Any thread. `whom`: for whom it is done, as a number of the asker's. False: too much waits,
    // or there is no thread to be had; then `work` is dropped.
    [[nodiscard]] bool submit(std::string_view lane, Work work, std::uint64_t whom = 0);
    // Any thread. There is somebody to do it: a thread, or one that can be had now.
    [[nodiscard]] bool is_manned();

private:
    // What waits in a lane, in turns of those for whom it is.
    class Turns {
    public:
        [[nodiscard]] std::size_t size() const { return size_; }
        void push(std::uint64_t whom, Work work);
        void drop_last(std::uint64_t whom);
        [[nodiscard]] Work pop();  // there is one

    private:
        std::unordered_map<std::uint64_t, std::deque<Work>> waiting_;  // none is empty
        std::deque<std::uint64_t> next_;                               // everyone once
        std::size_t size_ = 0;
    };
    struct Lane {
        Turns waiting;
        std::size_t running = 0;
        bool is_ready = false;  // in ready_
    };
    using Table = std::unordered_map<std::string, Lane>;
    using Lock = std::unique_lock<std::mutex>;

    [[nodiscard]] bool has_thread(const Lock& lock);
    void start_thread(const Lock& lock);
    void note_ready(const Lock& lock, Table::value_type& lane);
    void forget_if_idle(const Lock& lock, Table::iterator lane);
    void run();
    void run_next(Lock& lock);

    const Bounds bounds_;
    const Start start_;
    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    Table lanes_;                           // those in which something waits or runs
    std::deque<Table::value_type*> ready_;  // may have a thread more; they take turns
    std::size_t waiting_ = 0;               // in all lanes
    std::size_t idle_ = 0;                  // threads
    std::vector<std::thread> threads_;
    bool is_refused_ = false;  // a thread more, the last time
    bool is_ending_ = false;
};

}  // namespace base
