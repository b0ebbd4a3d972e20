#include "interp/wsgi/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "interp/python/py_error.h"

namespace interp {
namespace {

struct Stream {
    PyObject_HEAD const char* label;
};

Stream* stream(PyObject* self) { return reinterpret_cast<Stream*>(self); }

PyObject* write(PyObject*, PyObject* data) {
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) != 0) {
        return nullptr;
    }
    const Py_ssize_t size = view.len;
    const bool is_written = or_memory_error(false, [&] {
        ThreadLog::mine().write({static_cast<const char*>(view.buf), static_cast<std::size_t>(size)}
        );
        return true;
    });
    PyBuffer_Release(&view);
    return is_written ? PyLong_FromSsize_t(size) : nullptr;
}

PyObject* flush(PyObject*, PyObject*) {
    ThreadLog::mine().flush();
    Py_RETURN_NONE;
}

PyObject* close(PyObject*, PyObject*) {
    Py_RETURN_NONE;  // the log outlives every application
}

PyObject* yes(PyObject*, PyObject*) { Py_RETURN_TRUE; }

PyObject* no(PyObject*, PyObject*) { Py_RETURN_FALSE; }

PyObject* fileno(PyObject* self, PyObject*) {
    return PyErr_Format(PyExc_OSError, "%s log object has no file descriptor", stream(self)->label);
}

PyObject* get_name(PyObject* self, void*) {
    return PyUnicode_FromFormat("<%s>", stream(self)->label);
}

PyObject* get_closed(PyObject*, void*) { Py_RETURN_FALSE; }

void deallocate(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

PyMethodDef kMethods[] = {
    {"write", write, METH_O, nullptr},
    {"flush", flush, METH_NOARGS, nullptr},
    {"close", close, METH_NOARGS, nullptr},
    {"writable", yes, METH_NOARGS, nullptr},
    {"readable", no, METH_NOARGS, nullptr},
    {"seekable", no, METH_NOARGS, nullptr},
    {"isatty", no, METH_NOARGS, nullptr},
    {"fileno", fileno, METH_NOARGS, nullptr},
    {},
};

PyGetSetDef kProperties[] = {
    {"name", get_name, nullptr, nullptr, nullptr},
    {"closed", get_closed, nullptr, nullptr, nullptr},
    {},
};

PyType_Slot kSlots[] = {
    {Py_tp_dealloc, py::slot(deallocate)},
    {Py_tp_methods, kMethods},
    {Py_tp_getset, kProperties},
    {},
};

bool is_bounded = false;           // set before applications run
LogAllowance allowance_of_others;  // of threads that serve no request; guarded by the GIL

PyType_Spec kSpec = {
    "mod_wsgi.Log",
    sizeof(Stream),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    kSlots,
};

}  // namespace

void ThreadLog::bound_applications() { is_bounded = true; }

ThreadLog& ThreadLog::mine() {
    static thread_local ThreadLog log;
    return log;
}

void ThreadLog::begin(const Task& task) {
    write_fragment(true);
    task_ = &task;
    context_.clear();
}

void ThreadLog::end() {
    write_fragment(true);
    tell_what_was_left_out(allowance_);
    task_ = nullptr;
    context_.clear();
}

void ThreadLog::write(base::Bytes bytes) {
    constexpr int kMany = 64;  // lines that are written in one hold of the GIL
    int lines = 0;
    for (std::size_t newline = bytes.find('\n'); newline != base::Bytes::npos;
         newline = bytes.find('\n')) {
        if (fragment_.empty()) {
            record_of_application(bytes.substr(0, newline), true);
        } else {
            append(bytes.substr(0, newline));
            flush();
        }
        bytes.remove_prefix(newline + 1);
        if (++lines % kMany == 0) {
            const Gil::Released others_may_run;
        }
    }
    append(bytes);
}

// Whoever never ends a line keeps no memory with it.
void ThreadLog::append(base::Bytes bytes) {
    if (bytes.size() >= base::kLogTextMax) {
        flush();
        record_of_application(bytes, true);  // which is cut, and says so
        return;
    }
    fragment_.append(bytes);
    if (fragment_.size() >= base::kLogTextMax) {
        flush();
    }
}

void ThreadLog::flush() { write_fragment(true); }

void ThreadLog::write_fragment(bool has_gil) {
    if (!fragment_.empty()) {
        record_of_application(fragment_, has_gil);
        fragment_.clear();
    }
}

void ThreadLog::say(base::LogLevel level, std::string_view message) {
    while (!message.empty()) {
        const std::size_t newline = message.find('\n');
        record(level, message.substr(0, newline), true);
        message.remove_prefix(newline == std::string_view::npos ? message.size() : newline + 1);
    }
}

const base::Log& ThreadLog::log() const {
    return task_ != nullptr && task_->log != nullptr ? *task_->log : base::main_log();
}

void ThreadLog::record_of_application(base::Bytes line, bool has_gil) {
    constexpr std::size_t kPrefix = 80;  // the time, the level and the numbers of the thread
    if (!is_bounded || !has_gil || !log().is_enabled(base::LogLevel::kError)) {
        record(base::LogLevel::kError, line, has_gil);
        return;
    }
    make_context();
    LogAllowance& allowance = task_ != nullptr ? allowance_ : allowance_of_others;
    const std::size_t size = std::min(line.size(), base::kLogTextMax);
    if (allowance.take(kPrefix + context_.size() + size, LogAllowance::Clock::now())) {
        tell_what_was_left_out(allowance);
        record(base::LogLevel::kError, line, has_gil);
    }
}

void ThreadLog::tell_what_was_left_out(LogAllowance& allowance) {
    if (const std::uint64_t lines = allowance.take_left_out(); lines > 0) {
        record(
            base::LogLevel::kError,
            fmt::format(
                "{} lines that the application has written are left out here: more than {} bytes "
                "at "
                "once or {} a second",
                lines,
                LogAllowance::kAtOnce,
                LogAllowance::kPerSecond
            ),
            true
        );
    }
}

void ThreadLog::make_context() {
    if (task_ != nullptr && context_.empty()) {
        try {
            context_ = fmt::format(
                "[client {}:{}] [script {}]",
                task_->facts.remote_addr,
                task_->facts.remote_port,
                task_->script()
            );
        } catch (const std::bad_alloc&) {  // then the line goes without
        }
    }
}

void ThreadLog::record(base::LogLevel level, std::string_view line, bool has_gil) {
    const base::Log& log = this->log();
    if (!log.is_enabled(level)) {
        return;
    }
    make_context();
    if (has_gil && !log.try_write(level, context_, line)) {
        const Gil::Released others_may_run;
        log.wait_for_room();
    } else if (has_gil) {
        return;
    }
    log.write(level, context_, line);
}

PyRef make_stream_type() { return PyRef::steal(PyType_FromSpec(&kSpec)); }

PyRef make_stream(PyTypeObject* type, const char* label) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self != nullptr) {
        stream(self)->label = label;
    }
    return PyRef::steal(self);
}

}  // namespace interp
