// Memory for a thread state, set aside before CPython is asked for one. Up to 3.11
// PyThreadState_New() writes to a null one where there is none, and so ends the process; later ones
// look. To see first whether there is memory is not enough, for other threads take of it at any
// time.
#pragma once

namespace interp::py {

class ThreadStateRoom {
public:
    // When Python has started, before any other thread uses it: CPython's allocator learns of it.
    static void open();

    // What this thread makes of a thread state while it lives finds memory. Throws std::bad_alloc
    // where there is none to set aside: nothing has been asked for then. One at a time in a thread.
    ThreadStateRoom();
    ~ThreadStateRoom();
    ThreadStateRoom(const ThreadStateRoom&) = delete;
    ThreadStateRoom& operator=(const ThreadStateRoom&) = delete;
};

}  // namespace interp::py
