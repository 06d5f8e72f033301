#include "lib/dispatch/result_metadata.h"

#include "lib/text/json_object.h"
#include "lib/text/utf8.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace postrider {

namespace json = boost::json;

std::string metadata_after(const AttemptResult& result, const std::optional<std::string>& before) {
    json::object keys = result.outcome.metadata;
    // Tells an operator's reset of this row from a stale save by somebody who never saw it.
    json::object marker;
    marker["attempt"] = result.attempt_id;
    marker["outcome"] = std::string(to_string(result.outcome.verdict));
    if (!result.outcome.reason.empty()) marker["reason"] = result.outcome.reason;
    keys["postrider"] = std::move(marker);
    // A provider may write anything: its bytes are made storable, those that were there stay.
    const std::string written = json::serialize(keys);
    if (!is_utf8(written)) keys = json::parse(storable(written)).as_object();
    return splice_metadata(before, keys);
}

}  // namespace postrider
