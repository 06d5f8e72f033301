#pragma once

#include "lib/async/clock.h"
#include "lib/net/http_server.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace postrider::testing {

/// A message as a request asked for it.
struct AzureMessage {
    std::string to;
    std::string from;
    std::string text;
    std::string tag;
    std::string request_id;  ///< repeatabilityRequestId
    std::string first_sent;  ///< repeatabilityFirstSent
    std::string body;        ///< of the whole request, byte for byte
    std::string message_id;  ///< empty where it was not accepted
    TimePoint arrived{};
};

/// Of a whole request, or of its one recipient.
struct AzureRefusal {
    int status = 400;
    std::string code;
    std::string message;
    bool of_repetition = false;  ///< it is about repeatabilityRequestId and repeatabilityFirstSent
};

/// What Azure has against who asks: a request whose signature by `access_key` (in base64) is not that of
/// its bytes, or whose date is too far from `now`.
std::optional<AzureRefusal> azure_signature_objection(const ServerRequest& request,
                                                      const std::string& access_key, TimePoint now,
                                                      std::chrono::seconds skew_max);

/// What Azure has against a request as such; if nothing, `message` is what it asks for. One recipient only,
/// though Azure takes a hundred.
std::optional<AzureRefusal> azure_request_objection(const ServerRequest& request, AzureMessage& message);

/// What Azure has against this message, answered with 202 all the same.
std::optional<AzureRefusal> azure_item_objection(const AzureMessage& message, TimePoint now,
                                                 std::chrono::seconds window);

/// The answers: to a request refused as a whole, to a message refused, to one accepted.
ServerAnswer azure_error(const AzureRefusal& refusal);
boost::json::object azure_refused_item(const AzureMessage& message, const AzureRefusal& refusal);
boost::json::object azure_accepted_item(const AzureMessage& message);
ServerAnswer azure_accepted(const boost::json::object& item);

}  // namespace postrider::testing
