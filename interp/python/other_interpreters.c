/* In a forked child CPython deletes all interpreters but the main one, and to do so takes the lock
 * of their list twice (_PyInterpreterState_DeleteExceptMain() calls PyInterpreterState_Clear()):
 * whoever forks in the main interpreter of a process that has others gets a child that hangs. What
 * it would have freed is a copy that nobody looks at, so the child does without: it forgets them.
 * Seen with Python 3.11; in 3.12 and 3.13 the list looks the same. */
#define Py_BUILD_CORE 1
#define PY_SSIZE_T_CLEAN
#include "interp/python/other_interpreters.h"

#include <Python.h>

#include "internal/pycore_interp.h"
#include "internal/pycore_runtime.h"

void hoopsnake_forget_other_interpreters(void)
{
    PyInterpreterState* const main_interpreter = _PyRuntime.interpreters.main;
    if (main_interpreter != NULL) {
        main_interpreter->next = NULL;
        _PyRuntime.interpreters.head = main_interpreter;
    }
}
