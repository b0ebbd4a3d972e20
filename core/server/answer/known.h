// What has been found out about a request besides what stands in its Parcel, and what core/site is
// asked about it. Plain values; whoever maps it in another thread has copies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/request/parcel.h"
#include "core/server/answer/header_view.h"
#include "core/site/conditions/walk.h"

namespace site {
struct FixedQuestion;
}

namespace server {

struct Known {
    std::uint32_t host = 0;     // index into Served::hosts of its generation
    std::uint64_t network = 0;  // of its client, as network_of() tells senders apart
    int failure = 0;  // the status with which whoever was to answer has failed; 0: nobody has
    std::optional<std::string> remote_host;  // as site::RequestView::remote_host
    bool is_remote_host_unknown = false;     // likewise
    bool has_plain_name = false;             // its authority, as core/site has it
    bool is_located = false;                 // the facts are about this request
};

// Both once the virtual host has been found; views of the arguments.
site::FixedQuestion fixed_question_of(const request::Parcel& parcel, const Known& known);
site::RequestView question_of(
    const request::Parcel& parcel, const Known& known, const HeaderView& headers
);

}  // namespace server
