#include "core/server/answer/exchange.h"

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

void Exchange::on_answer() {
    if (client != nullptr) {
        client->pump();
        return;
    }
    if (responder == nullptr) {
        return;
    }
    responder->take(answer);
    if (answer.has_ended()) {
        owner_.release_exchange(*this);
    }
}

void Exchange::keep(const site::Walk& its_walk) {
    if (walk == nullptr) {
        walk = std::make_unique<site::Walk>();
    }
    *walk = its_walk;
    // The mapper's and the question's own: they are about another request by the time of the log.
    walk->request = nullptr;
    walk->vary = nullptr;
    has_walk = true;
}

site::Request Exchange::question(const HeaderView& headers) {
    site::Request question = question_of(parcel, headers);
    question.host = host;
    question.failure = failure;
    question.remote_host = remote_host;
    return question;
}

site::Request question_of(const request::Parcel& parcel, const HeaderView& headers) {
    const http::Request& request = parcel.request;
    const request::Facts& facts = parcel.facts;
    site::Request question;
    question.method = request.method;
    question.target = request.target;
    question.path = request.path();
    question.query = request.query();
    question.authority = request.authority;
    question.minor = request.minor;
    question.is_https = facts.is_https;
    question.remote_addr = facts.remote_addr;
    question.remote_port = facts.remote_port;
    question.server_addr = facts.server_addr;
    question.local_port = facts.server_port;
    question.request_id = facts.request_id;
    question.headers = &headers;
    return question;
}

}  // namespace server
