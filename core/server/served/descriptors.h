// What descriptors are for. Any thread.
#pragma once

namespace server {

// The highest descriptor that a connection may be: the others are for logs, links and Python.
int highest_for_connections();
// The highest that a file which is being sent may be: downloads leave some to connections.
int highest_for_files();

}  // namespace server
