// Descriptors 0, 1 and 2 of a program whose starter may have closed them. One thread.
#pragma once

namespace base {

// First thing in main(): whichever of them is closed becomes /dev/null, or the next file that is
// opened, a log or a listening socket, would be taken for it.
void hold_standard_descriptors();

}  // namespace base
