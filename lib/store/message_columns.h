#pragma once

namespace postrider {

/// Of view postrider.messages, for people and their scripts.
inline constexpr const char* message_columns =
    "id, state, channel, to_char(send_date, 'YYYY-MM-DD\"T\"HH24:MI:SS.USOF') as send_date, "
    "to_char(sent_date, 'YYYY-MM-DD\"T\"HH24:MI:SS.USOF') as sent_date, "
    "round(extract(epoch from lag)::numeric, 6) as lag_seconds, attempts, retry_at, reason, provider_id, "
    "delivery";

}  // namespace postrider
