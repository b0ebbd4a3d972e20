// Python's import lock, which no import gets past while somebody holds it. Up to Python 3.11 all
// interpreters of a process share one.
#pragma once

namespace interp {

// With the GIL, and no exception set: none is afterwards.
[[nodiscard]] bool is_import_lock_held();

}  // namespace interp
