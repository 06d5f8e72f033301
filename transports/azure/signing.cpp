#include "transports/azure/signing.h"

#include "lib/crypto/base64.h"
#include "lib/crypto/hmac.h"
#include "lib/crypto/sha256.h"

#include <fmt/format.h>

namespace postrider::azure {

std::string content_hash(std::string_view body) { return to_base64(sha256(body)); }

std::string string_to_sign(const Signable& request) {
    return fmt::format("{}\n{}\n{};{};{}", request.method, request.path_and_query, request.date, request.host,
                       request.content_hash);
}

std::string authorization(const Signable& request, const Secret& access_key) {
    return "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=" +
           to_base64(hmac_sha256(access_key, string_to_sign(request)));
}

}  // namespace postrider::azure
