#include "lib/net/unanswered.h"

namespace postrider {

Outcome unanswered(const HttpResult& result) {
    if (result.gate_refused) return Outcome::failed(Verdict::deferred, "not sent: not permitted any more");
    if (result.exchange == Exchange::not_sent)
        return Outcome::failed(Verdict::deferred, "not sent: " + result.error);
    return Outcome::failed(Verdict::in_doubt, "sent, but not answered: " + result.error);
}

}  // namespace postrider
