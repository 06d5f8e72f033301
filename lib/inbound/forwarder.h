#pragma once

#include "lib/async/clock.h"
#include "lib/async/task_group.h"
#include "lib/async/wakeup.h"
#include "lib/dispatch/privacy.h"
#include "lib/health/check.h"
#include "lib/inbound/application_reply.h"
#include "lib/inbound/forward_endpoint.h"
#include "lib/inbound/forward_store.h"
#include "lib/inbound/reply_desk.h"
#include "lib/net/http_client.h"
#include "lib/schedule/random.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace postrider {

/// What the forwarder is built on; all of it outlives it.
struct ForwarderParts {
    Executor executor;
    Clock& clock;
    Random& random;
    Privacy& privacy;
    ForwardStore& store;
    HttpClient& http;
    ReplyDesk& replies;
};

/// Tells applications of what came in: each endpoint at its own pace, each conversation in its order, again and
/// again until it has acknowledged, or for as long as it may take. An endpoint that fails holds up no other.
/// Loop thread only.
class Forwarder {
public:
    explicit Forwarder(ForwarderParts parts);

    /// Looks when told to, and every other second, until cancelled; what is under way then is cancelled too.
    Task<> run();
    void look() { wakeup_.ring(); }

    /// From the next webhook on. What endpoints brought upon themselves is forgotten.
    void set_endpoints(std::vector<ForwardEndpoint> endpoints);

    /// Nothing where there is no endpoint, nor anything left for one.
    std::vector<Check> checks() const;

private:
    struct Pace {
        std::size_t under_way = 0;
        int failures = 0;  ///< in a row
        TimePoint not_before = TimePoint::min();
        std::string trouble{};      ///< why it failed last
        bool gone = false;          ///< it said so (410)
        std::string reply_fault{};  ///< why its last reply could not be used
        std::uint64_t told = 0;
    };
    /// What an endpoint made of one.
    struct Answer {
        bool asked = false;  ///< else it is no fault or merit of the endpoint's
        bool acknowledged = false;
        bool slow_down = false;  ///< the endpoint as a whole is to be left in peace
        bool gone = false;
        std::optional<std::chrono::seconds> retry_after{};
        std::string reason{};
        ApplicationReply reply{};
    };

    Task<bool> look_once();
    Task<> record();
    Task<bool> take_some();
    std::vector<ForwardStore::Wanted> wanted(TimePoint now) const;
    Task<> tell(Forward forward);
    Task<Answer> ask(const Forward& forward, const ForwardEndpoint& endpoint);
    void note(const Forward& forward, const ForwardEndpoint& endpoint, const Answer& answer);
    /// What the answer says of the endpoint as such.
    void pace_after(const ForwardEndpoint& endpoint, const Answer& answer, TimePoint now);
    void note_reply(const Forward& forward, const ForwardEndpoint& endpoint, const ApplicationReply& reply);
    Task<> settle(ForwardResults batch);
    Task<> settle_rest();
    const ForwardEndpoint* endpoint_named(const std::string& name) const;
    Check check_of(const std::string& name, const ForwardBacklog& backlog) const;

    ForwarderParts parts_;
    std::vector<ForwardEndpoint> endpoints_;
    std::map<std::string, Pace> paces_;
    Wakeup wakeup_;
    std::set<std::int64_t> telling_;
    ForwardResults results_;
    std::uint64_t refused_replies_ = 0;
    Wakeup ended_;  // some of them have come
    std::map<std::string, ForwardBacklog> backlog_;
    TimePoint backlog_read_ = TimePoint::min();
    TaskGroup tasks_;
};

}  // namespace postrider
