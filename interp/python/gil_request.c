/* Up to Python 3.12 the request to give up the GIL, which our interpreters share, is a flag of each
 * interpreter, which only threads that run in that one look at. Who has waited for 5 ms sets the
 * flag of its own interpreter, so that a thread that computes in another goes on for ever.
 *
 * A flag that is set tells that somebody waits, and it is passed on to the interpreter of whoever
 * has the GIL. But who sees its flag gives the GIL up and then waits until another thread has taken
 * it (FORCE_SWITCHING): where nobody wants it, that is for ever. Therefore a flag is only set while
 * somebody is certain to take the GIL, which nobody can while we hold its mutex; a flag of ours
 * tells nothing about anybody waiting; and it does not stay when the GIL has gone to another
 * interpreter. A thread that takes the GIL clears the flag of its own interpreter; one that then
 * goes on in another by PyThreadState_Swap() has to say so (hoopsnake_end_gil_request). */
#define Py_BUILD_CORE 1
#define PY_SSIZE_T_CLEAN
#include "interp/python/gil_request.h"

#include "internal/pycore_interp.h"
#include "internal/pycore_runtime.h"

/* The GIL that is ours: from 3.12 on an application may make interpreters that have one each, and
 * are none of our business. */
#if PY_VERSION_HEX < 0x030C0000
static struct _gil_runtime_state* our_gil(void) { return &_PyRuntime.ceval.gil; }
#else
static struct _gil_runtime_state* our_gil(void) { return _PyRuntime.interpreters.main->ceval.gil; }
#endif

/* After so many microseconds whoever waits for the GIL asks for it: CPython's own. */
static const unsigned long switch_interval = 5000;

int hoopsnake_restore_switch_interval(void) {
    struct _gil_runtime_state* const gil = our_gil();
    if (__atomic_load_n(&gil->interval, __ATOMIC_RELAXED) == switch_interval) {
        return 0;
    }
    pthread_mutex_lock(&gil->mutex);
    __atomic_store_n(&gil->interval, switch_interval, __ATOMIC_RELAXED);
    /* Those who wait already may do so for as long as the other one was. */
    pthread_cond_broadcast(&gil->cond);
    pthread_mutex_unlock(&gil->mutex);
    return 1;
}

#if PY_VERSION_HEX < 0x030D0000

#if PY_VERSION_HEX < 0x030C0000
static int shares_our_gil(const PyInterpreterState* interpreter) {
    (void)interpreter;
    return 1;
}

/* Of a GIL that somebody has. A thread keeps it through PyThreadState_Swap(). */
static const PyThreadState* current(void) {
    return (const PyThreadState*)_Py_atomic_load_relaxed(&_PyRuntime.gilstate.tstate_current);
}
#else
static int shares_our_gil(const PyInterpreterState* interpreter) {
    return interpreter->ceval.gil == our_gil();
}

/* Likewise. Here PyThreadState_Swap() gives it up and takes it. */
static const PyThreadState* current(void) {
    return (const PyThreadState*)_Py_atomic_load_relaxed(&our_gil()->last_holder);
}
#endif

/* The interpreter whose flag is ours. Guarded by the mutex of the list of interpreters. */
static PyInterpreterState* asked;
static _Py_atomic_int has_asked;

static int is_flagged(PyInterpreterState* interpreter) {
    return _Py_atomic_load_relaxed(&interpreter->ceval.gil_drop_request);
}

static void take_back(void) {
    for (PyInterpreterState* each = PyInterpreterState_Head(); each != NULL;
         each = PyInterpreterState_Next(each)) {
        if (each == asked) { /* it may have ended meanwhile */
            _Py_atomic_store_relaxed(&each->ceval.gil_drop_request, 0);
        }
    }
    asked = NULL;
    _Py_atomic_store_relaxed(&has_asked, 0);
}

/* Where the thread runs that has the GIL, whosever it is; or NULL. */
static PyInterpreterState* holding(void) {
    const PyThreadState* const holder = current();
    if (holder == NULL || _Py_atomic_load_relaxed(&our_gil()->locked) <= 0) {
        return NULL;
    }
    for (PyInterpreterState* each = PyInterpreterState_Head(); each != NULL;
         each = PyInterpreterState_Next(each)) {
        for (PyThreadState* state = shares_our_gil(each) ? PyInterpreterState_ThreadHead(each)
                                                         : NULL;
             state != NULL;
             state = PyThreadState_Next(state)) {
            if (state == holder) {
                return each;
            }
        }
    }
    return NULL;
}

static int ask(void) {
    int does_wait = 0;
    int is_unheard = 0;
    PyInterpreterState* const holder = holding();
    if (asked != NULL && asked != holder) {
        take_back();
    }
    for (PyInterpreterState* each = PyInterpreterState_Head(); each != NULL;
         each = PyInterpreterState_Next(each)) {
        if (each != asked && is_flagged(each) && shares_our_gil(each)) {
            does_wait = 1;
            is_unheard |= each != holder;
        }
    }
    if (is_unheard && holder != NULL && !is_flagged(holder)) {
        _Py_atomic_store_relaxed(&holder->ceval.gil_drop_request, 1);
        _Py_atomic_store_relaxed(&holder->ceval.eval_breaker, 1);
        asked = holder;
        _Py_atomic_store_relaxed(&has_asked, 1);
    }
    return does_wait || asked != NULL;
}

int hoopsnake_ask_gil_holder(void) {
    PyThread_acquire_lock(_PyRuntime.interpreters.mutex, WAIT_LOCK);
    pthread_mutex_lock(&our_gil()->mutex);
    const int has_work = ask();
    pthread_mutex_unlock(&our_gil()->mutex);
    PyThread_release_lock(_PyRuntime.interpreters.mutex);
    return has_work;
}

void hoopsnake_before_fork(void) {
    if (_PyRuntime.interpreters.mutex != NULL) {
        PyThread_acquire_lock(_PyRuntime.interpreters.mutex, WAIT_LOCK);
    }
}

void hoopsnake_after_fork(void) {
    if (_PyRuntime.interpreters.mutex != NULL) {
        PyThread_release_lock(_PyRuntime.interpreters.mutex);
    }
}

void hoopsnake_end_gil_request(void) {
    if (_Py_atomic_load_relaxed(&has_asked) == 0) {
        return;
    }
    PyThread_acquire_lock(_PyRuntime.interpreters.mutex, WAIT_LOCK);
    take_back();
    PyThread_release_lock(_PyRuntime.interpreters.mutex);
}

#else

int hoopsnake_ask_gil_holder(void) { return 0; }

void hoopsnake_before_fork(void) {}

void hoopsnake_after_fork(void) {}

void hoopsnake_end_gil_request(void) {}

#endif
