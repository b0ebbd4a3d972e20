#include "core/base/process/standard_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <initializer_list>

namespace base {

void hold_standard_descriptors() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) >= 0) {
            continue;
        }
        // The lowest that is free is this one, as those below are open by now. Children have it,
        // too.
        const int flags = fd == STDIN_FILENO ? O_RDONLY : O_WRONLY;
        if (::open("/dev/null", flags) < 0) {
            ::open("/", O_RDONLY | O_DIRECTORY);  // where there is no /dev: its number is taken
        }
    }
}

}  // namespace base
