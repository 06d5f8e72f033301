#pragma once

#include "lib/model/private.h"
#include "lib/net/form.h"

#include <string>
#include <string_view>

// X-Twilio-Signature (Twilio, "Webhooks security").
namespace postrider::twilio {

/// Whether `signature` is that of a request to `url`, as it was asked for, with these fields: those of a form
/// that was posted; none for a GET. With the URL's port and without it, since Twilio's practice varies.
bool is_signed_form(std::string_view url, const FormFields& fields, const Secret& auth_token,
                    std::string_view signature);

/// The same for a body that is no form: the URL has its SHA-256 as `bodySHA256`, and is signed alone.
bool is_signed_body(std::string_view url, std::string_view body, const Secret& auth_token,
                    std::string_view signature);

}  // namespace postrider::twilio
