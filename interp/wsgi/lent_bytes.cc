#include "interp/wsgi/lent_bytes.h"

#include <algorithm>
#include <array>

#include "interp/python/py_ref.h"

namespace interp {

// Never destroyed: a loan may end after everything else.
LentBytes& LentBytes::of_process() {
    static auto* const lent = new LentBytes;
    return *lent;
}

std::size_t LentBytes::cost_of(PyObject* bytes) const {
    return loans_.contains(bytes) ? 0 : static_cast<std::size_t>(PyBytes_GET_SIZE(bytes));
}

base::Loan LentBytes::lend(PyObject* bytes, std::size_t size) {
    const std::size_t cost = cost_of(bytes);
    {
        const std::lock_guard lock(mutex_);
        if (returned_.capacity() <= open_) {
            returned_.reserve(2 * open_ + 1);
        }
    }
    ++loans_[bytes];
    ++open_;
    LoansOut::bytes().fetch_add(cost, std::memory_order_relaxed);
    Py_INCREF(bytes);
    return {*this, bytes, base::Bytes(PyBytes_AS_STRING(bytes), size)};
}

void LentBytes::give_back(void* owner) noexcept {
    const std::lock_guard lock(mutex_);
    returned_.push_back(static_cast<PyObject*>(owner));  // lend() has made room
    LoansOut::are_back().store(true, std::memory_order_relaxed);
}

void LentBytes::let_go() {
    while (LoansOut::has_returned()) {
        // A few at a time: memory is given back without the lock, for which a loop may wait.
        std::array<PyObject*, 16> some{};
        std::size_t count = 0;
        {
            const std::lock_guard lock(mutex_);
            count = std::min(some.size(), returned_.size());
            std::copy(
                returned_.end() - static_cast<std::ptrdiff_t>(count), returned_.end(), some.begin()
            );
            returned_.resize(returned_.size() - count);
            LoansOut::are_back().store(!returned_.empty(), std::memory_order_relaxed);
        }
        for (std::size_t i = 0; i < count; ++i) {
            const PyRef bytes = PyRef::steal(some[i]);
            const auto found = loans_.find(bytes.get());
            --open_;
            if (--found->second == 0) {
                loans_.erase(found);
                LoansOut::bytes().fetch_sub(
                    static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get())),
                    std::memory_order_relaxed
                );
            }
        }
    }
}

}  // namespace interp
