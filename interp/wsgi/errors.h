// Where a thread's words go: wsgi.errors, sys.stdout, sys.stderr and our own messages about a
// request are lines of the error log of the request that the calling thread works on, or of the
// process when it works on none.
#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/system/log.h"
#include "interp/python/py_ref.h"
#include "interp/wsgi/log_allowance.h"
#include "interp/wsgi/task.h"

namespace interp {

// One per thread. A line becomes one record at level error; what has no newline yet waits for it.
class ThreadLog {
public:
    static ThreadLog& mine();
    // In this process what applications write is bounded (log_allowance.h). Before they do.
    static void bound_applications();

    void begin(const Task& task);  // `task` lives until end()
    void end();                    // writes an unfinished line, too

    // With the GIL, which is given up where the log has no room and it may help to wait a little:
    // whoever reads a log, or does not, never holds up another thread.
    void write(base::Bytes bytes);
    void flush();
    // A message of our own, one record per line.
    void say(base::LogLevel level, std::string_view message);
    [[nodiscard]] const base::Log& log() const;
    [[nodiscard]] const Task* task() const { return task_; }  // null: the thread serves none

    ThreadLog() = default;
    ThreadLog(const ThreadLog&) = delete;
    ThreadLog& operator=(const ThreadLog&) = delete;
    ~ThreadLog() { write_fragment(false); }

private:
    void append(base::Bytes bytes);  // to the line that has no newline yet
    void write_fragment(bool has_gil);
    void record(base::LogLevel level, std::string_view line, bool has_gil = false);
    void record_of_application(base::Bytes line, bool has_gil);
    void tell_what_was_left_out(LogAllowance& allowance);
    void make_context();
    const Task* task_ = nullptr;
    std::string context_;  // made for the first record of a request
    std::string fragment_;
    LogAllowance allowance_;
};

// The class of the binary streams below the three text streams of an interpreter.
PyRef make_stream_type();
// A stream of that class; `label` is a literal: "wsgi.errors", "stdout" or "stderr".
PyRef make_stream(PyTypeObject* type, const char* label);

}  // namespace interp
