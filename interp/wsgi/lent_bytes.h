// LentBytes: objects of type bytes whose contents are on their way to clients. An event loop sends
// them from where they are, and gives them back when it is done; it must not wait for the GIL, so
// that they lie here until somebody has it. One for the process, because all interpreters share the
// GIL and what bytes are allocated from, and because clients may be slower than Python's end: what
// is given back after that stays. Objects of the type itself only: their end runs no code.
#pragma once

#include <cstddef>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/base/loan.h"
#include "interp/python/py_compat.h"
#include "interp/wsgi/loans_out.h"

namespace interp {

class LentBytes final : private base::Loan::Lender {
public:
    static LentBytes& of_process();

    // The following want the GIL.
    // How much more is in clients' hands with a loan of it: nothing where it is lent already.
    [[nodiscard]] std::size_t cost_of(PyObject* bytes) const;
    // The first `size` of them. Where there is no memory for it
    // (std::bad_alloc), nothing has been lent.
    [[nodiscard]] base::Loan lend(PyObject* bytes, std::size_t size);
    // Lets go of what has been given back, if anything has.
    void collect() {
        if (LoansOut::has_returned()) {
            let_go();
        }
    }

private:
    LentBytes() = default;
    void give_back(void* owner) noexcept override;
    void let_go();

    std::unordered_map<PyObject*, std::size_t> loans_;  // how many of each; with the GIL
    std::size_t open_ = 0;                              // sum of these; with the GIL
    std::mutex mutex_;                                  // nobody waits for the GIL with it
    std::vector<PyObject*> returned_;  // guarded by mutex_; has room for all that are out
};

}  // namespace interp
