#pragma once

#include "lib/dispatch/transport.h"
#include "lib/net/http_client.h"
#include "transports/twilio/settings.h"

#include <string>
#include <vector>

// What Twilio's list of an account's messages says of one doubt (pages.h). What cannot be asked or understood
// throws: a record passed over in silence would make a second message of the one that it shows.
namespace postrider::twilio {

/// So many pages are asked for at most: 5000 messages to one recipient within a doubt's window.
constexpr int pages_max = 50;

/// Asks for the first page, newest messages first. By recipient and, where the channel has one for
/// certain, sender: a messaging service may choose its sender after acceptance. Not by date, since
/// Twilio knows only the date of sending, which messages that wait at Twilio do not have yet.
HttpRequest first_page(const RecordQuery& query, const Settings& settings);

struct RecordPage {
    std::vector<ProviderRecord> records;  ///< those asked for, in the page's order
    std::string next_page;                ///< empty where nothing more can be among those asked for
};

RecordPage read_page(const HttpResult& result, const RecordQuery& query, const Settings& settings);

}  // namespace postrider::twilio
