#include "core/server/answer/exchange.h"

#include "core/server/served/served.h"

namespace server {

std::string_view text_of(Exchange::Phase phase) {
    using Phase = Exchange::Phase;
    switch (phase) {
        case Phase::kReading:
            return "has not been read yet";
        case Phase::kNameAwaited:
            return "waits for the name of its client";
        case Phase::kFilesAwaited:
            return "waits for .htaccess files";
        case Phase::kMapAwaited:
            return "waits until it is known what it meets";
        case Phase::kScriptAsked:
            return "waits for a dispatch script";
        case Phase::kBodyAwaited:
            return "waits for its body";
        case Phase::kEmbedded:
            return "is answered in embedded mode";
        case Phase::kLinkAwaited:
            return "waits for a process of its group";
        case Phase::kDaemon:
            return "is answered by a daemon process";
        case Phase::kOwnAnswer:
            return "is answered by the server itself";
    }
    return {};
}

const ServedHost& Exchange::virtual_host() const { return generation->served().hosts[known.host]; }

void Exchange::on_answer() {
    if (client != nullptr) {
        client->pump();
        return;
    }
    if (responder == nullptr) {
        return;
    }
    responder->take(reply.answer);
    if (reply.answer.has_ended()) {
        owner_.release_exchange(*this);
    }
}

}  // namespace server
