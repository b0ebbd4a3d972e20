#include "core/server/exchange.h"

#include "core/server/connection.h"
#include "core/server/loop_thread.h"

namespace server {

void Exchange::on_answer() {
    if (connection != nullptr) {
        connection->pump();
        return;
    }
    if (responder == nullptr) {
        return;
    }
    responder->take(output);
    if (output.has_ended()) {
        thread.release_exchange(*this);
    }
}

}  // namespace server
