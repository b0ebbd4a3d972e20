// Forking while there are sub-interpreters. C, and inside CPython's own structures: see
// other_interpreters.c.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// In a child that was forked, before CPython looks after it: there is the main interpreter only.
void hoopsnake_forget_other_interpreters(void);

#ifdef __cplusplus
}
#endif
