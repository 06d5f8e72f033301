#pragma once

#include "lib/inbound/mail_reader.h"

#include <string>
#include <string_view>
#include <vector>

namespace postrider::email {

/// What of a received message is read: everything as UTF-8 without zero bytes, decoded (RFC 2045, 2047,
/// 2231). Empty where it has none.
struct ParsedMail {
    std::string from;      ///< the address alone, as written
    std::string from_all;  ///< the header, with the name
    std::string to;        ///< where it was delivered, by Delivered-To or X-Original-To; else the first of To
    std::string subject;
    std::string message_id;  ///< without `<>`
    std::string in_reply_to;
    std::string references;
    std::string text;           ///< plain; else what a reader would see of the HTML
    bool is_automatic = false;  ///< a machine wrote it (RFC 3834), or it went to many
    std::vector<AttachedFile> files{};
    /// Of a delivery report (RFC 3464): its fields, and the headers of the message that it is about.
    std::string delivery_status{};
    std::string feedback{};             ///< of a complaint (RFC 5965), its fields
    std::string returned_message_id{};  ///< without `<>`
    std::string returned_copies{};      ///< its Cc
};

/// Total: broken MIME gives what can be had of it. Parts beyond 200, and below 30 levels, are left out.
ParsedMail parse_mail(std::string_view bytes);

}  // namespace postrider::email
