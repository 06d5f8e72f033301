#pragma once

#include "lib/inbound/forwarder.h"
#include "tests/support/fixed_random.h"
#include "tests/support/loop_test.h"
#include "tests/support/manual_clock.h"
#include "tests/support/scripted_http.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace postrider::testing {

/// In memory; `fails`: the database is away.
class MemoryForwards final : public ForwardStore {
public:
    explicit MemoryForwards(Clock& clock) : clock_(clock) {}

    struct Row {
        Forward forward;
        std::string conversation;
        TimePoint not_before{};
        bool dead = false;
    };

    void add(const std::string& endpoint, const std::string& conversation, TimePoint now) {
        Forward forward;
        forward.id = static_cast<std::int64_t>(rows.size()) + 1;
        forward.endpoint = endpoint;
        forward.webhook_id = "fwd_" + std::to_string(forward.id);
        forward.since = now;
        forward.report = R"({"id": 1, "reported": "2026-02-03T04:05:06Z"})";
        rows.push_back({forward, conversation, now});
    }

    Task<std::vector<Forward>> take(TimePoint now, TimePoint until, std::vector<Wanted> wanted) override {
        refuse();
        std::vector<Forward> taken;
        for (const Wanted& each : wanted) {
            std::set<std::string> earlier;
            std::size_t room = each.limit;
            for (Row& row : rows) {
                if (row.forward.endpoint != each.endpoint || row.dead) continue;
                if (!earlier.insert(row.conversation).second || row.not_before > now || room == 0) continue;
                row.not_before = until;
                --room;
                taken.push_back(row.forward);
            }
        }
        co_return taken;
    }
    Task<std::size_t> settle(ForwardResults results) override {
        refuse();
        if (std::exchange(hangs, false)) co_await clock_.sleep_until(TimePoint::max());
        const auto takes = std::exchange(next_takes, {});
        if (takes.count() > 0) co_await clock_.sleep_until(clock_.now() + takes);
        for (const std::int64_t id : results.told)
            std::erase_if(rows, [&](const Row& row) { return row.forward.id == id; });
        for (const ForwardResults::Failed& each : results.failed) {
            for (Row& row : rows) {
                if (row.forward.id != each.id) continue;
                ++row.forward.tries;
                row.not_before = each.not_before;
                row.dead = each.dead;
                reasons.push_back(each.reason);
            }
        }
        settled_replies.insert(settled_replies.end(), results.replies.begin(), results.replies.end());
        if (std::exchange(answer_is_lost, false)) throw std::runtime_error("written, but nobody knows");
        co_return refused;
    }
    Task<std::map<std::string, ForwardBacklog>> backlog() override {
        refuse();
        std::map<std::string, ForwardBacklog> all;
        for (const Row& row : rows) {
            ForwardBacklog& backlog = all[row.forward.endpoint];
            backlog.oldest = row.forward.since;
            ++(row.dead ? backlog.dead : backlog.waiting);
        }
        co_return all;
    }

    std::vector<Row> rows;
    std::vector<std::string> reasons;
    std::vector<ForwardReply> settled_replies;
    std::size_t refused = 0;
    bool answer_is_lost = false;  ///< of the next that is written
    bool fails = false;
    bool hangs = false;  ///< the next that is written takes for ever
    std::chrono::seconds next_takes{0};

private:
    void refuse() const {
        if (fails) throw std::runtime_error("away");
    }

    Clock& clock_;
};

struct ForwarderTest : LoopTest {
    ForwarderTest() {
        endpoint.name = "app";
        endpoint.to = {"https://app.example.org/hook", {Secret(std::string(24, 'k'))}};
        endpoint.retry_first = std::chrono::seconds{4};
        forwarder.set_endpoints({endpoint});
        group.spawn("forwarder", forwarder.run());
    }
    ~ForwarderTest() override { stop(); }

    void add(const std::string& conversation, const std::string& to = "app") {
        store.add(to, conversation, clock.now());
        forwarder.look();
    }
    std::vector<std::string> ids() const {
        std::vector<std::string> all;
        for (const HttpRequest& request : http.requests) {
            for (const auto& [name, value] : request.headers) {
                if (name == "webhook-id") all.push_back(value);
            }
        }
        return all;
    }
    bool asked(std::size_t count) {
        return run_until([&] { return http.requests.size() >= count; });
    }
    /// Time goes on until so many have been asked for.
    bool asked_within(std::chrono::milliseconds limit, std::size_t count) {
        constexpr std::chrono::milliseconds step{500};
        for (auto passed = step.zero(); passed < limit && http.requests.size() < count; passed += step) {
            clock.advance(step);
            run_some();
        }
        return http.requests.size() >= count;
    }
    void run_some() {
        io.restart();
        while (io.poll() > 0) io.restart();
    }

    ManualClock clock{io.get_executor(), TimePoint(std::chrono::seconds{1770000000})};
    FixedRandom random;
    Privacy privacy{std::nullopt, Secret("salt")};
    MemoryForwards store{clock};
    ScriptedHttp http{[](const HttpRequest&) { return ScriptedHttp::answered(204); }};
    ReplyDesk replies{io.get_executor(), clock};
    ForwardEndpoint endpoint;
    Forwarder forwarder{{io.get_executor(), clock, random, privacy, store, http, replies}};
};

}  // namespace postrider::testing
