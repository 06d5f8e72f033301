#pragma once

#include "lib/inbound/message_history.h"
#include "lib/net/http_client.h"
#include "transports/twilio/settings.h"

#include <string>
#include <vector>

// Twilio's list of an account's messages as a history: what it has from and to a channel's number or service (pages.h).
namespace postrider::twilio {

/// So many pages are asked for at most: 100,000 messages.
constexpr int history_pages_max = 200;

/// The first page, newest messages first. Not by date: Twilio knows only the date of sending, which messages that
/// wait at Twilio do not have.
HttpRequest first_history_page(const Settings& settings);

struct HistoryPage {
    std::vector<PastMessage> messages;  ///< in the page's order: the newest first
    std::string next_page;              ///< empty where nothing more can be as late as that
};
HistoryPage read_history_page(const HttpResult& result, TimePoint since, const Sealer& sealer,
                              const Settings& settings);

/// The list of the files of one message.
HttpRequest media_list_request(const std::string& sid, const Settings& settings);
std::vector<IncomingMedium> read_media_list(const HttpResult& result, const Settings& settings);

}  // namespace postrider::twilio
