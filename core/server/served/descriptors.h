// What descriptors are for. Any thread.
#pragma once

namespace server {

// The highest descriptor that a connection may be: the others are for logs, links and Python.
int highest_for_connections();
// So many files may be sent at once: downloads leave descriptors to further connections.
int files_max();

}  // namespace server
