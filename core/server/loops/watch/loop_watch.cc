#include "core/server/loops/watch/loop_watch.h"

#include "core/base/system/lost_descriptor.h"

namespace server {
namespace {

using namespace std::chrono_literals;

// How long a process is deaf of which an application has closed what it hears with.
constexpr auto kLookAtDescriptorsEvery = 1s;

}  // namespace

void LoopWatch::start() { loop_.set(look_, kLookAtDescriptorsEvery); }

void LoopWatch::look() {
    beat_.beat();
    if (!loop_.waker().is_whole() || !connections_.are_whole()) {
        base::end_for_lost_descriptor();
    }
    acceptors_.look();
    if (process_ != nullptr) {
        acceptors_.compare();
        process_->look(loop_.waker().fd());
    }
    start();
}

}  // namespace server
