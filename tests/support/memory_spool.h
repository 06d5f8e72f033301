#pragma once

#include "lib/dispatch/result_spool.h"
#include "tests/support/gate.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace postrider::testing {

/// A spool in memory, which outlives the daemons that use it. Can be told to fail as a disk does.
class MemorySpool final : public ResultSpool {
public:
    explicit MemorySpool(Executor executor) : keep_requests(executor), executor_(executor) {}

    Task<> keep(std::vector<AttemptResult> results) override {
        co_await arrive("keep");
        co_await keep_requests.pass();
        for (AttemptResult& result : results) {
            result.row_version.clear();
            result.transmission_metadata.reset();
            const auto same = [&](const AttemptResult& each) { return each.attempt_id == result.attempt_id; };
            const auto found = std::find_if(kept.begin(), kept.end(), same);
            if (found == kept.end()) {
                kept.push_back(std::move(result));
            } else {
                *found = std::move(result);
            }
        }
    }
    Task<> forget(std::vector<AttemptId> attempts) override {
        co_await arrive("forget");
        for (const AttemptId id : attempts) {
            std::erase_if(kept, [&](const AttemptResult& each) { return each.attempt_id == id; });
        }
    }
    Task<std::vector<AttemptResult>> read() override {
        co_await arrive("read");
        co_return kept;
    }

    std::vector<AttemptId> ids() const {
        std::vector<AttemptId> found;
        found.reserve(kept.size());
        for (const AttemptResult& each : kept) found.push_back(each.attempt_id);
        return found;
    }

    std::vector<AttemptResult> kept;
    /// Calls of these names fail.
    std::map<std::string, bool> fails;
    std::map<std::string, int> calls;
    /// Where calls to keep wait: a slow disk.
    Gate keep_requests;

private:
    Task<> arrive(const char* call) {
        co_await boost::asio::post(executor_, boost::asio::use_awaitable);
        ++calls[call];
        if (fails[call]) throw std::runtime_error("no space left on device");
    }

    Executor executor_;
};

}  // namespace postrider::testing
