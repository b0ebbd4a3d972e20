// StreamHost: where the daemon streams of an event loop live. What they ask about an exchange is
// its generation's to say. Loop thread only; a part of Service.
#pragma once

#include <chrono>
#include <string>

#include "core/loop/loop.h"
#include "core/server/links/daemon_stream.h"
#include "core/server/loops/loop_generation.h"
#include "core/server/served/file_room.h"

namespace server {

class StreamHost final : public DaemonStream::Host {
public:
    // Both outlive it.
    StreamHost(loop::Loop& loop, FileRoom& files) : loop_(loop), files_(files) {}

    [[nodiscard]] loop::Loop& loop() override { return loop_; }
    [[nodiscard]] std::chrono::seconds timeout_of(const Exchange& exchange) const override {
        return exchange.virtual_host().timeout;
    }
    void log_client(const Exchange& exchange, base::LogLevel level, const std::string& message)
        override {
        LoopGeneration::of(exchange).log().say(exchange, level, message);
    }
    [[nodiscard]] FileRoom& file_room() override { return files_; }
    void forget(DaemonStream& stream) override {
        LoopGeneration::of(stream.exchange()).groups().forget(stream);
    }

private:
    loop::Loop& loop_;
    FileRoom& files_;
};

}  // namespace server
