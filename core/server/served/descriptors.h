// What descriptors are for. Any thread.
#pragma once

#include <cstddef>
#include <optional>

namespace server {

// The highest descriptor that a connection may be, and that a file that is sent may be, for which
// connections leave some: the others are for logs, links and Python. By the limit of now, which an
// application in this process may have lowered, until that is noticed (LimitWatch).
int highest_for_files();
int highest_for_connections();
// So many files may be sent at once: downloads leave descriptors to further connections.
int files_max();

// Where next to no descriptor is free: how many of all are not the server's own.
struct FullTable {
    std::size_t all = 0;
    std::size_t foreign = 0;
};
std::optional<FullTable> full_table(int any_descriptor);

}  // namespace server
