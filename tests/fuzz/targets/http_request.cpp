#include "lib/net/client_address.h"
#include "lib/net/header_line.h"
#include "lib/net/internet_date.h"
#include "lib/net/request_target.h"
#include "lib/net/retry_after.h"
#include "tests/fuzz/fuzz_target.h"

namespace postrider::testing {
namespace {

/// A target, then header lines.
POSTRIDER_FUZZ(http_request) {
    ServerRequest request;
    request.peer_address = "127.0.0.1";
    request.target = take_line(bytes);
    const RequestTarget target = split_target(request.target);
    must_hold(target.path.size() + target.query.size() <= request.target.size(),
              "a target has no more than it has");
    HttpAnswer answer;
    while (!bytes.empty()) {
        const std::string_view line = take_line(bytes);
        if (const auto header = parse_header_line(line)) {
            request.headers.push_back(*header);
            answer.headers.push_back(*header);
        }
        if (const auto date = internet_date(line); date && to_internet_date(*date).size() == 29)
            must_hold(
                internet_date(to_internet_date(*date)) == std::chrono::floor<std::chrono::seconds>(*date),
                "a date is itself again");
        const std::string usual = usual_address(line);
        must_hold(usual_address(usual) == usual, "the usual form of the usual form is itself");
    }
    const std::string client = client_address(request, {"127.0.0.1", "::1"});
    must_hold(client.empty() || usual_address(client) == client, "who asks has an address, or none");
    const auto wait = retry_after(answer, TimePoint{});
    must_hold(!wait || (wait->count() >= 0 && wait->count() <= 86400), "nobody waits for long");
}

}  // namespace
}  // namespace postrider::testing
