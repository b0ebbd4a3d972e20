#include "core/server/answer/known.h"

#include "core/site/map/fixed_routes.h"

namespace server {

site::FixedQuestion fixed_question_of(const request::Parcel& parcel, const Known& known) {
    return {
        .host = known.host,
        .local_port = parcel.facts.server_port,
        .method = parcel.request.method,
        .path = parcel.request.path(),
        .is_ordinary = known.has_plain_name && known.failure == 0 && !known.remote_host &&
                       !known.is_remote_host_unknown,
    };
}

site::RequestView question_of(
    const request::Parcel& parcel, const Known& known, const HeaderView& headers
) {
    const http::Request& request = parcel.request;
    const request::Facts& facts = parcel.facts;
    site::RequestView question;
    question.method = request.method;
    question.target = request.target;
    const http::Request::Asked asked = request.asked();
    question.path = asked.path;
    question.query = asked.query;
    question.authority = request.authority;
    question.minor = request.minor;
    question.is_https = facts.is_https;
    question.remote_addr = facts.remote_addr;
    question.remote_port = facts.remote_port;
    question.server_addr = facts.server_addr;
    question.local_port = facts.server_port;
    question.request_id = facts.request_id;
    question.headers = &headers;
    question.host = known.host;
    question.failure = known.failure;
    question.remote_host = known.remote_host;
    question.is_remote_host_unknown = known.is_remote_host_unknown;
    return question;
}

}  // namespace server
