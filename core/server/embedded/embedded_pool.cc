#include "core/server/embedded/embedded_pool.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <string_view>
#include <system_error>
#include <unordered_set>

#include "core/base/system/log.h"
#include "core/base/system/no_memory.h"
#include "interp/wsgi/loans_out.h"

namespace server {

base::Result<std::unique_ptr<EmbeddedPool>> EmbeddedPool::create(
    interp::Settings settings, ipc::RequestTable& table
) {
    auto embedded = std::unique_ptr<EmbeddedPool>(new EmbeddedPool(table, settings));
    const std::size_t hosts = settings.hosts.size() < 2 ? 1 : settings.hosts.back().host + 1;
    const interp::PoolLimits limits{settings.threads, settings.stack_size, hosts};
    // On the main thread, which becomes Python's; and the pool second, for it works in the runtime.
    embedded->runtime_ = TRY(interp::Runtime::create(std::move(settings)));
    embedded->pool_ = std::make_unique<interp::ThreadPool>(*embedded->runtime_, *embedded, limits);
    return embedded;
}

EmbeddedPool::EmbeddedPool(ipc::RequestTable& table, const interp::Settings& settings)
    : table_(table),
      import_thread_(ipc::RequestTable::import_thread(settings.threads)),
      only_host_(settings.hosts.size() == 1 ? settings.hosts.front().host : 0) {
    std::unordered_set<std::string_view> known;
    for (const interp::EarlyImport& script : settings.early_imports) {
        if (known.insert(script.application_group).second) {
            import_groups_.push_back(script.application_group);
        }
    }
}

EmbeddedPool::~EmbeddedPool() { stop(); }

void EmbeddedPool::begin_imports(const std::vector<std::string>& left_out) {
    std::erase_if(import_groups_, [&left_out](const std::string& group) {
        return std::ranges::find(left_out, group) != left_out.end();
    });
    if (import_groups_.empty()) {
        return;
    }
    try {
        importer_ = std::thread([this] { import(); });
    } catch (const std::system_error& error) {  // the library's way of saying so; it ends here
        base::main_log().error(
            "no thread can be started for what is imported before the first request, which does it "
            "then: {}",
            error.what()
        );
    }
}

void EmbeddedPool::import() {
    try {
        for (const std::string& group : import_groups_) {
            if (is_stopping_) {
                break;
            }
            runtime_->import_early(group, this);
        }
    } catch (const std::bad_alloc&) {
        base::tell_no_memory(base::main_log(), "an import", "before the first request");
    }
}

void EmbeddedPool::on_import(const interp::EarlyImport& script) noexcept {
    table_.begin(
        import_thread_,
        ipc::RequestTable::kImport,
        script.script_filename,
        std::chrono::steady_clock::now()
    );
}

void EmbeddedPool::on_imported() noexcept { table_.end(import_thread_); }

void EmbeddedPool::tidy() {
    if (interp::LoansOut::has_returned()) {
        pool_->tidy();
    }
}

void EmbeddedPool::stop() {
    is_stopping_ = true;
    if (pool_) {
        // In this order: threads that run requests or import, their thread states, Python. An
        // import that never ends is ended by the deadline of the process.
        pool_->stop();
        if (importer_.joinable()) {
            importer_.join();
        }
        pool_.reset();
        runtime_.reset();
    }
}

PoolFeed::Busiest EmbeddedPool::busiest() {
    const interp::TaskQueue::Busiest busiest = pool_->busiest();
    return {busiest.lane + only_host_, busiest.running};
}

void EmbeddedPool::flush() noexcept {
    // Each loop that has news is woken once, however many requests have ended.
    for (Inbox* const inbox : inboxes_) {
        inbox->wake_if_filled();
    }
}

void EmbeddedPool::on_started(
    int thread, const interp::Task& task, std::chrono::steady_clock::time_point now
) noexcept {
    table_.begin(thread, task.request.method, task.request.target, now);
}

void EmbeddedPool::on_finished(int thread) noexcept { table_.end(thread); }

}  // namespace server
