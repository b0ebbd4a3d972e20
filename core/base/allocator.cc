// C++ allocates with mimalloc: this file defines operator new and delete for the program that links
// it. Not part of the folder's library: sanitizer builds and tests keep their own allocator.
#include <mimalloc-new-delete.h>
