// What descriptors are for. Any thread.
#pragma once

namespace server {

// The highest descriptor that a connection may be: the others are for logs, links and Python.
int highest_for_connections();

}  // namespace server
