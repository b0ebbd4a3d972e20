// A request with everything that travels with it: from the event loop that has read it to the pool
// thread, or by frame to the process, that answers it. Whoever holds the request owns one (an
// exchange in a server process, a task in a daemon process); the others refer to it. A plain value.
#pragma once

#include "core/request/dispatch.h"
#include "core/request/facts.h"
#include "core/request/route.h"
#include "http/request.h"

namespace request {

struct Parcel {
    http::Request request;
    Route route;
    // With a script in it, that one is to be asked for the groups first.
    Dispatch dispatch;
    Facts facts;

    // For another request; the facts are written anew, and so is a route, which most often is
    // the same again where it has a number.
    void clear() {
        request.clear();
        if (route.number == 0) {
            route.clear();
        }
        if (dispatch.is_used()) {
            dispatch = {};
        }
    }
};

}  // namespace request
