#include "core/server/loops/loop_thread.h"

#include <utility>

#include "core/base/process/scheduling.h"
#include "core/loop/socket_transport.h"
#include "core/server/client/http1/http1.h"

namespace server {
namespace {

// Of requests that have not come to their end: for all loops of a process, and for one at least.
constexpr std::size_t kEarlyBytes = 64 * std::size_t{1024} * 1024;
constexpr std::size_t kEarlyBytesLeast = 4 * std::size_t{1024} * 1024;

}  // namespace

base::Result<std::unique_ptr<LoopThread>> LoopThread::create(
    const Service::Process& process, const std::vector<Endpoint>& endpoints
) {
    const loop::Backend backend = TRY(loop::backend_from_environment());
    loop::ChosenRing chosen = TRY(loop::create_ring(backend));
    auto loop = TRY(loop::Loop::create(std::move(chosen.ring), loop::Spin::kAdaptive));
    auto thread = std::unique_ptr<LoopThread>(new LoopThread(process, std::move(loop)));
    TRY(thread->acceptors_.open(endpoints));
    thread->io_ = thread->loop_->ring().name();
    if (!chosen.why_not_io_uring.empty()) {
        thread->io_ += " (" + chosen.why_not_io_uring + ")";
    }
    return thread;
}

LoopThread::LoopThread(const Service::Process& process, std::unique_ptr<loop::Loop> loop)
    : Connection::Host(
          *loop,
          process.budgets,
          std::max(kEarlyBytes / static_cast<std::size_t>(process.loops), kEarlyBytesLeast),
          process.side_mapper.disks(),
          process.side_mapper.waiting()
      ),
      report_lost_(process.report_lost),
      report_listener_(process.report_listener),
      has_applications_(process.pool != nullptr),
      loop_(std::move(loop)),
      service_(process, *loop_, *this),
      mounts_(
          *loop_,
          [this](const MountWatch::Mounts& mounts) {
              service_.generations().do_not_wait_for(mounts);
          }
      ),
      connections_(process.budgets),
      acceptors_(*this, *loop_),
      drain_({*loop_, service_, mounts_, connections_, acceptors_}),
      watch_(*loop_, connections_, acceptors_, process.watch, process.pulse.add()) {
    loop_->at_turn_end(*this);
}

void LoopThread::run() {
    base::run_in_batches();
    mounts_.start();
    acceptors_.start();
    if (has_applications_) {
        watch_.start();
    }
    loop_->run();
    watch_.end();
    service_.generations().flush_all_logs();
}

// --- Connections

void LoopThread::add(base::Fd socket, const Endpoint& endpoint) {
    auto transport = std::make_unique<loop::SocketTransport>(loop_->ring(), std::move(socket));
    if (has_applications_) {
        transport->know_identity();
    }
    // A client that was not waiting for an answer may have sent a request all the same. Nobody
    // could say whether it was one that this client may make.
    if (auto ends = transport->ends()) {
        connections_
            .add(std::make_unique<Connection>(
                *this, std::move(transport), Arrival{endpoint, std::move(*ends)}
            ))
            .start();
    }
}

std::unique_ptr<Protocol> LoopThread::begin(Connection& connection) {
    return std::make_unique<Http1>(*this, connection);
}

void LoopThread::drain() {
    loop_->post([this] { drain_.begin(); });
}

void LoopThread::add_listener(NewListener listener, std::shared_ptr<base::Fd> socket) {
    loop_->post([this, listener = std::move(listener), socket = std::move(socket)] {
        if (!is_draining()) {
            acceptors_.add(listener, std::move(*socket));
        }
    });
}

void LoopThread::adopt(std::shared_ptr<const Served> served) {
    loop_->post([this, served = std::move(served)] {
        service_.generations().adopt(served);
        // Those that have nothing in work hold nothing back.
        connections_.renew();
    });
}

void LoopThread::tell_groups(std::shared_ptr<const Served> served, TellGroups tell) {
    loop_->post([this, served = std::move(served), tell = std::move(tell)] {
        if (LoopGeneration* const generation = service_.generations().find(*served)) {
            tell(generation->groups());
        }
    });
}

// --- The turn

std::optional<std::chrono::nanoseconds> LoopThread::on_turn_end() {
    // In this order. From hear_and_send() on nobody works for a request any more: what was closed
    // or released may die, for it is on no stack; the lines of all that has ended are there to be
    // written; and the time of day is old. Whether all is over is asked last.
    const auto longest = service_.hear_and_send();
    connections_.end_turn();
    service_.bury();
    drain_.look();
    return longest;
}

}  // namespace server
