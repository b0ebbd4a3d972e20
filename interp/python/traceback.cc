#include "interp/python/traceback.h"

#include <frameobject.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "interp/python/py_error.h"

namespace interp {
namespace {

// The beginning and the end of a text.
class BoundedText {
public:
    static constexpr std::size_t kHalf = 32 * 1024;  // bytes
    static constexpr std::size_t kLines = 500;       // of a half

    void add(std::string_view text) {
        while (!text.empty()) {
            const std::size_t newline = text.find('\n');
            const std::size_t size = newline == std::string_view::npos ? text.size() : newline + 1;
            add_line(text.substr(0, size));
            text.remove_prefix(size);
        }
    }
    void cut() { is_cut_ = true; }
    [[nodiscard]] std::string take() {
        if (is_cut_) {
            head_ += head_.empty() || head_.ends_with('\n') ? "" : "\n";
            head_ += "[traceback cut]\n";
        }
        for (const std::string& line : tail_) {
            head_ += line;
        }
        return std::move(head_);
    }

private:
    void add_line(std::string_view line) {
        // A line that is not whole in the head goes on in the tail.
        if (tail_.empty() && head_lines_ < kLines && head_.size() < kHalf) {
            const std::size_t fits = std::min(line.size(), kHalf - head_.size());
            head_ += line.substr(0, fits);
            line.remove_prefix(fits);
            ++head_lines_;
            if (line.empty()) {
                return;
            }
        }
        if (line.size() > kHalf) {
            line.remove_prefix(line.size() - kHalf);
            cut();
        }
        tail_.emplace_back(line);
        tail_size_ += line.size();
        while (tail_.size() > kLines || tail_size_ > kHalf) {
            tail_size_ -= tail_.front().size();
            tail_.pop_front();
            cut();
        }
    }

    std::string head_;
    std::size_t head_lines_ = 0;
    std::deque<std::string> tail_;
    std::size_t tail_size_ = 0;
    bool is_cut_ = false;
};

// What the module `traceback` makes of an exception is there as a whole before the first line is:
// so it gets none with more than this.
class Extent {
public:
    [[nodiscard]] bool is_bounded(PyObject* exception) {
        push(PyRef::borrow(exception), true);
        while (!waiting_.empty()) {
            const PyRef next = std::move(waiting_.back());
            waiting_.pop_back();
            add_frames(next.get());
            if (++exceptions_ > kExceptionsMax || name_bytes_ > kNameBytesMax) {
                return false;
            }
            push(PyRef::steal(PyException_GetCause(next.get())), false);
            push(PyRef::steal(PyException_GetContext(next.get())), false);
            push_members(next.get());
        }
        return true;
    }

private:
    static constexpr std::size_t kExceptionsMax = 1000;
    static constexpr std::size_t kNameBytesMax = 1024 * 1024;

    // A member of a group is described as often as it is one, others once.
    void push(PyRef exception, bool is_member) {
        if (exception && (known_.insert(exception.get()).second || is_member)) {
            waiting_.push_back(std::move(exception));
        }
    }
    void push_members(PyObject* exception) {
        if (PyErr_GivenExceptionMatches(exception, PyExc_BaseExceptionGroup) == 0) {
            return;
        }
        const PyRef members = PyRef::steal(PyObject_GetAttrString(exception, "exceptions"));
        if (!members || !PyTuple_Check(members.get())) {
            PyErr_Clear();
            return;
        }
        const auto count = static_cast<std::size_t>(PyTuple_GET_SIZE(members.get()));
        if (count + waiting_.size() > kExceptionsMax) {
            exceptions_ = kExceptionsMax;  // the next one is too many
            return;
        }
        for (std::size_t i = 0; i < count; ++i) {
            PyObject* const member = PyTuple_GET_ITEM(members.get(), static_cast<Py_ssize_t>(i));
            if (PyExceptionInstance_Check(member)) {
                push(PyRef::borrow(member), true);
            }
        }
    }
    void add_frames(PyObject* exception) {
        constexpr std::size_t kOfFrame = 64;  // what stands around the names
        const PyRef traceback = PyRef::steal(PyException_GetTraceback(exception));
        for (auto* each = reinterpret_cast<PyTracebackObject*>(traceback.get());
             each != nullptr && name_bytes_ <= kNameBytesMax;
             each = each->tb_next) {
            const PyRef code =
                PyRef::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(each->tb_frame)));
            const auto& names = *reinterpret_cast<PyCodeObject*>(code.get());
            name_bytes_ += kOfFrame + length_of(names.co_filename) + length_of(names.co_name);
        }
    }
    static std::size_t length_of(PyObject* text) {
        return static_cast<std::size_t>(PyUnicode_GET_LENGTH(text));
    }

    std::vector<PyRef> waiting_;
    std::set<const PyObject*> known_;
    std::size_t exceptions_ = 0;
    std::size_t name_bytes_ = 0;
};

// An entry is a string of any size, and its end may say as much as its beginning.
void add_entry(PyObject* entry, BoundedText& text) {
    constexpr auto kMost = static_cast<Py_ssize_t>(BoundedText::kHalf);  // characters
    const Py_ssize_t length = PyUnicode_Check(entry) ? PyUnicode_GET_LENGTH(entry) : 0;
    if (length <= 2 * kMost) {
        text.add(text_of(entry, 2 * BoundedText::kHalf));
        return;
    }
    const PyRef end = PyRef::steal(PyUnicode_Substring(entry, length - kMost, length));
    text.add(text_of(entry, BoundedText::kHalf));
    text.cut();
    text.add(end ? text_of(end.get(), BoundedText::kHalf) : "");
    PyErr_Clear();
}

// Adds the lines that a function of the module `traceback` gives. False: it raised.
bool add_lines(const char* function, const PyRef& arguments, BoundedText& text) {
    const PyRef module = PyRef::steal(PyImport_ImportModule("traceback"));
    const PyRef callable =
        module ? PyRef::steal(PyObject_GetAttrString(module.get(), function)) : PyRef();
    const PyRef lines = callable && arguments
                            ? PyRef::steal(PyObject_CallObject(callable.get(), arguments.get()))
                            : PyRef();
    if (!lines || !PyList_Check(lines.get())) {
        PyErr_Clear();
        return false;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(lines.get()); ++i) {
        const PyRef line = PyRef::borrow(PyList_GET_ITEM(lines.get(), i));
        add_entry(line.get(), text);
    }
    return true;
}

}  // namespace

std::string traceback_of(PyObject* exception) {
    BoundedText text;
    if (Extent().is_bounded(exception)) {
        const PyRef arguments = PyRef::steal(PyTuple_Pack(1, exception));
        return add_lines("format_exception", arguments, text) ? text.take() : std::string();
    }
    // The innermost frames of the outermost exception, and what it says.
    constexpr int kFrames = -20;
    const PyRef traceback = PyRef::steal(PyException_GetTraceback(exception));
    const PyRef arguments =
        traceback ? PyRef::steal(Py_BuildValue("(Oi)", traceback.get(), kFrames)) : PyRef();
    text.cut();
    add_lines("format_tb", arguments, text);
    PyErr_Clear();
    constexpr std::size_t kMost = 1024;
    text.add(type_name_of(exception) + ": " + text_of(exception, kMost) + "\n");
    return text.take();
}

}  // namespace interp
