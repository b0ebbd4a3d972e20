#include "core/server/client/connection_settings.h"

namespace server {

void ConnectionSettings::renew() {
    const Generation::Hold& newest = requests_.generation();
    if (generation_ == newest) {
        return;
    }
    generation_ = newest;
    const Served& served = generation_->served();
    limits_ = served.limits;
    names_ = &served.host_table.at(arrival_.ends.local_address, arrival_.endpoint.port);
    host_ = &served.hosts[names_->find({})];
    asked_ = {};
}

}  // namespace server
