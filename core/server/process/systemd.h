// What a service tells systemd of itself (sd_notify(3)).
#pragma once

#include <string>

namespace server {

// One datagram, such as "READY=1", where systemd asked for it; elsewhere nothing.
void notify_systemd(const std::string& state);

}  // namespace server
