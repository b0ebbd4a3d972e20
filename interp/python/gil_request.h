// What CPython does not do by itself: up to 3.12 whoever waits for the GIL asks only the threads of
// its own interpreter to give it up; and how long one may keep it is for any application to say. C,
// and inside CPython's own structures: see gil_request.c.
#pragma once

#include <Python.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where somebody waits for the GIL and whoever has it cannot hear that, because it runs in another
 * interpreter: asks it to give the GIL up. Any thread; does not want the GIL. To be called again
 * and again; 0 when there is nothing to do for now. */
int hoopsnake_ask_gil_holder(void);

/* sys.setswitchinterval() is of all interpreters that share the GIL: puts back how long whoever
 * waits does so before it asks, and has those who wait already begin anew. Any thread; does not
 * want the GIL. 0 where nobody has changed it. */
int hoopsnake_restore_switch_interval(void);

/* Around fork(2), in the thread that forks (pthread_atfork): the mutex of the list of interpreters,
 * which asking takes without the GIL, is nobody else's in the child, where CPython wants it. */
void hoopsnake_before_fork(void);
void hoopsnake_after_fork(void);

/* With the GIL, before going on in whatever thread state: what has been asked of others is over. */
void hoopsnake_end_gil_request(void);

#ifdef __cplusplus
}
#endif
